/**
 * @file Reads what ONNX Runtime writes with profiling on: an event a line, runs in order, each after its operators. It does not know
 * what the runs were for.
 *
 * On the CPU an operator's time is that of its kernel. WebGPU only enqueues kernels while a run goes on, and waits for them where results are
 * copied back; but it tells by the device's own clock how long each kernel took. Where it does, these times stand for its operators, and the
 * rest of the run is time outside of them. An adapter without timestamps leaves the times of enqueueing, shader compilation included.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { groupOfNode } from './node-group.ts'

/** Operators of one kind in one part of the graph. */
export interface OperatorTime {
  readonly group: string
  readonly opType: string
  readonly provider: string
  readonly ms: number
  readonly count: number
}

/** One run of a session inside ONNX Runtime. */
export interface RunRecord {
  /** Milliseconds, operators included. */
  readonly ms: number
  readonly operators: readonly OperatorTime[]
}

const MICROSECONDS_PER_MS = 1000
/** What ONNX Runtime appends to a node's name. */
const KERNEL_SUFFIX = '_kernel_time'
const WEBGPU = 'WebGpuExecutionProvider'

const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** When it began and how long it took, microseconds. */
  ts: z.number(),
  dur: z.number(),
  args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }),
})

interface ReadRun {
  readonly beganAt: number
  readonly ms: number
  readonly operators: OperatorSums
  readonly kernels: OperatorSums
}

/** All runs of a session, in order. Throws where a line is no event. */
export async function readRuns(path: string): Promise<RunRecord[]> {
  const runs: ReadRun[] = []
  let operators = new OperatorSums()
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!line.startsWith('{')) continue // the brackets around all
    const { cat, name, ts, dur, args } = eventSchema.parse(JSON.parse(line.replace(/,$/, '')))
    const ms = dur / MICROSECONDS_PER_MS
    if (cat === 'Node' && name.endsWith(KERNEL_SUFFIX)) {
      const { op_name: opType = name, provider = 'unknown' } = args
      operators.add({ group: groupOfNode(name.slice(0, -KERNEL_SUFFIX.length)), opType, provider, ms, count: 1 })
    } else if (cat === 'Api') {
      // Kernels are named `node&operator&program`, and all told when every run is over.
      const [node = '', opType = name] = name.split('&')
      runs.findLast(({ beganAt }) => beganAt <= ts)?.kernels.add({ group: groupOfNode(node), opType, provider: WEBGPU, ms, count: 1 })
    } else if (cat === 'Session' && name === 'model_run') {
      runs.push({ beganAt: ts, ms, operators, kernels: new OperatorSums() })
      operators = new OperatorSums()
    }
  }
  return runs.map(({ ms, operators: enqueued, kernels }) => ({ ms, operators: withKernels(enqueued.list(), kernels.list()) }))
}

/** The device's own times in place of those of enqueueing, where it told any. */
function withKernels(operators: readonly OperatorTime[], kernels: readonly OperatorTime[]): readonly OperatorTime[] {
  return kernels.length === 0 ? operators : [...operators.filter(({ provider }) => provider !== WEBGPU), ...kernels]
}

/** Times summed by part, kind and provider. */
export class OperatorSums {
  readonly #sums = new Map<string, OperatorTime>()

  add({ group, opType, provider, ms, count }: OperatorTime): void {
    const key = `${group}|${opType}|${provider}`
    const known = this.#sums.get(key)
    this.#sums.set(key, { group, opType, provider, ms: (known?.ms ?? 0) + ms, count: (known?.count ?? 0) + count })
  }

  list(): OperatorTime[] {
    return [...this.#sums.values()]
  }
}
