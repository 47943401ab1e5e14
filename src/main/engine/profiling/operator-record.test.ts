/** @file What ONNX Runtime 1.30 writes is read as runs with their operators, on the CPU and on WebGPU. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRuns } from './operator-record.ts'

interface Event {
  readonly cat: 'Session' | 'Node' | 'Api'
  readonly name: string
  readonly ts: number
  readonly dur: number
  readonly args?: Readonly<Record<string, string>>
}

async function runsOf(events: readonly Event[]): ReturnType<typeof readRuns> {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-operators-'))
  const path = join(folder, 'session-0_2026-01-01_00-00-00_000.json')
  writeFileSync(path, `[\n${events.map((event) => JSON.stringify({ pid: 1, tid: 1, ph: 'X', args: {}, ...event })).join(',\n')}\n]\n`)
  try {
    return await readRuns(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function node(name: string, opType: string, provider: 'CPU' | 'WebGpu', dur: number): Event {
  return { cat: 'Node', name: `${name}_kernel_time`, ts: 0, dur, args: { op_name: opType, provider: `${provider}ExecutionProvider`, thread_scheduling_stats: '' } }
}

const run = (ts: number, dur: number): Event => ({ cat: 'Session', name: 'model_run', ts, dur })

test('operators belong to the run that is told after them, alike ones summed', async () => {
  const runs = await runsOf([
    { cat: 'Session', name: 'session_initialization', ts: 0, dur: 900 },
    node('layers.0/mlp/Gemm_node_1', 'Gemm', 'CPU', 100),
    node('layers.1/mlp/Gemm_node_2', 'Gemm', 'CPU', 150),
    node('layers.1/mlp/Mul_node_3/QuickGeluFusion/', 'QuickGelu', 'CPU', 10),
    { cat: 'Session', name: 'SequentialExecutor::Execute', ts: 1000, dur: 280 },
    run(1000, 300),
    node('lm_head/Gemm_node_4', 'Gemm', 'CPU', 40),
    run(1400, 50),
  ])
  const onCpu = { provider: 'CPUExecutionProvider' }
  expect(runs).toEqual([
    {
      ms: 0.3,
      operators: [
        { group: 'mlp', opType: 'Gemm', ms: 0.25, count: 2, ...onCpu },
        { group: 'mlp', opType: 'QuickGelu', ms: 0.01, count: 1, ...onCpu },
      ],
    },
    { ms: 0.05, operators: [{ group: 'head', opType: 'Gemm', ms: 0.04, count: 1, ...onCpu }] },
  ])
})

test('a device’s own times take the place of those of enqueueing, each in the run it began in', async () => {
  const runs = await runsOf([
    node('layers.0/mlp/Gemm_node_1', 'Gemm', 'WebGpu', 7),
    node('attention_frame/Shape_node_2', 'Shape', 'CPU', 3),
    run(1000, 500),
    node('layers.0/mlp/Gemm_node_1', 'Gemm', 'WebGpu', 6),
    run(2000, 400),
    { cat: 'Api', name: 'layers.0/mlp/Gemm_node_1&Gemm&Gemm', ts: 1200, dur: 200, args: { shapes: '', cache_key: '' } },
    { cat: 'Api', name: 'layers.0/mlp/Gemm_node_1&Gemm&Gemm', ts: 2100, dur: 250, args: { shapes: '', cache_key: '' } },
  ])
  const onDevice = { group: 'mlp', opType: 'Gemm', provider: 'WebGpuExecutionProvider', count: 1 }
  expect(runs).toEqual([
    { ms: 0.5, operators: [{ group: 'shapes and mask', opType: 'Shape', provider: 'CPUExecutionProvider', ms: 0.003, count: 1 }, { ...onDevice, ms: 0.2 }] },
    { ms: 0.4, operators: [{ ...onDevice, ms: 0.25 }] },
  ])
})
