/** @file The engine host over real child processes: calls, loss, restart, shutdown. The engine is a fake one. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { EngineCallError, EngineDisposedError, EngineHost, EngineLostError, forkEngine, type CallOptions, type EngineHostOptions, type EngineLoadRequest } from '../../src/main/engine-host/index.ts'
import type { EngineStatus } from '../../src/shared/domain/engine-status.ts'
import type { ModelId, TraceId } from '../../src/shared/domain/identifiers.ts'
import type { RunConfig } from '../../src/shared/domain/run-config.ts'
import { completeTrainingConfig } from '../../src/shared/domain/training-defaults.ts'
import type { Finish } from '../../src/shared/domain/trace.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
const modelId = 'm' as ModelId
const rolloutId = 'r' as TraceId
const config = { maxNewTokens: 20 } as RunConfig // the fake engine reads nothing else
const request: EngineLoadRequest = { modelId, location: { reasonerDir: '/models/tiny' }, device: 'cpu', precision: 'f32', weightsDir: null }

const hosts: EngineHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.dispose()))
  delete process.env['FAKE_ENGINE_DIES_AT_START']
})

function startHost(options: EngineHostOptions = {}): EngineHost {
  const host = new EngineHost(() => forkEngine(fakeEngine), { restartDelaysMs: [0, 0, 0], ...options })
  hosts.push(host)
  return host
}

function nextStatus(host: EngineHost, kind: EngineStatus['kind']): Promise<EngineStatus> {
  return new Promise((resolve) => {
    const stop = host.onStatus((status) => {
      if (status.kind !== kind) return
      stop()
      resolve(status)
    })
  })
}

async function openRollout(host: EngineHost, text: string): Promise<void> {
  await host.load(request)
  await host.call('open', { rolloutId, modelId, prompt: { kind: 'text', text }, config, sampleId: rolloutId, repeat: 0 })
}

/** Steps until the generation has finished. */
async function runToEnd(host: EngineHost): Promise<Finish> {
  for (;;) {
    const { finish } = await host.call('steps', { rolloutId, count: 1 })
    if (finish !== null) return finish
  }
}

test('a call made before the engine is ready is answered once it is', async () => {
  const host = startHost()
  await expect(host.load(request)).resolves.toMatchObject({ family: 'qwen2' })
  expect(host.status).toMatchObject({ kind: 'ready', loadedModels: [{ modelId, device: 'cpu' }] })
})

test('loading reports progress as status and to the caller, and a loaded model is not loaded again', async () => {
  const host = startHost()
  const seen: string[] = []
  const loading = nextStatus(host, 'loading')
  const first = await host.load(request, { onProgress: (stage, fraction) => seen.push(`${stage} ${fraction}`) })
  expect(await loading).toMatchObject({ stage: 'reading weights', progress: 0.5, modelId })
  expect(seen).toEqual(['reading weights 0.5'])
  expect(await host.load(request)).toBe(first)
})

test('a model is on one device at a time, on none after the new one could not be had, and comes back to its last one after a loss', async () => {
  const host = startHost()
  expect(host.lastLoaded(modelId)).toBeNull()
  await host.load(request)
  await host.load({ ...request, device: 'webgpu' })
  expect(host.status).toMatchObject({ kind: 'ready', loadedModels: [{ modelId, device: 'webgpu' }] })
  if (host.status.kind !== 'ready') throw new Error('the engine should be ready')
  const lost = nextStatus(host, 'lost')
  process.kill(host.status.pid, 'SIGKILL')
  await lost
  expect(host.lastLoaded(modelId)).toMatchObject({ device: 'webgpu', precision: 'f32' })

  const noGpu = { reasonerDir: '/models/no-gpu' }
  await host.load({ ...request, location: noGpu })
  await expect(host.load({ ...request, location: noGpu, device: 'webgpu' })).rejects.toMatchObject({ failure: { code: 'DEVICE_UNAVAILABLE', device: 'webgpu' } })
  expect(host.status).toMatchObject({ kind: 'ready', loadedModels: [] })
  expect(host.lastLoaded(modelId)).toMatchObject({ device: 'cpu', precision: 'f32' })
})

test('steps arrive in order and before the call that made them resolves', async () => {
  const host = startHost()
  await openRollout(host, 'hello eos@5')
  const indices: number[] = []
  const latents: unknown[] = []
  host.onStep(({ step, weave }) => {
    indices.push(step.index)
    if (weave !== null) latents.push(weave.latents.data)
  })
  let stepsBeforeAnswer = 0
  for (let finish: Finish | null = null; finish === null; stepsBeforeAnswer++) {
    finish = (await host.call('steps', { rolloutId, count: 1 })).finish
    expect(indices).toHaveLength(stepsBeforeAnswer + 1)
  }
  expect(indices).toEqual([0, 1, 2, 3, 4])
  expect(latents).toHaveLength(2)
  expect(latents[0]).toBeInstanceOf(Float32Array)
})

test('a refusal of the engine arrives as its code and data', async () => {
  const host = startHost()
  const error: unknown = await host.load({ ...request, location: { reasonerDir: '/models/missing' } }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(EngineCallError)
  expect((error as EngineCallError).failure).toMatchObject({ code: 'CHECKPOINT_INVALID', path: '/models/missing' })
})

test('kill -9 in the middle of a step rejects what waits, says so, and a new engine answers', async () => {
  const host = startHost()
  await openRollout(host, 'hello hang@2')
  const status = host.status
  if (status.kind !== 'ready') throw new Error('the engine should be ready')
  const lost = nextStatus(host, 'lost')
  await host.call('steps', { rolloutId, count: 1 })
  await host.call('steps', { rolloutId, count: 1 })
  const stepping = host.call('steps', { rolloutId, count: 1 }).catch((reason: unknown) => reason)
  process.kill(status.pid, 'SIGKILL')
  const error = await stepping
  expect(error).toBeInstanceOf(EngineLostError)
  expect(error).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  expect(await lost).toMatchObject({ signal: 'SIGKILL', lost: 'The engine process ended by signal SIGKILL.', isRestarting: true })
  await host.load(request)
  expect(host.status).toMatchObject({ kind: 'ready', loadedModels: [{ modelId, device: 'cpu' }] })
  expect(host.status).not.toMatchObject({ pid: status.pid })
})

test('an engine that exits on its own is lost with its exit code', async () => {
  const host = startHost()
  await openRollout(host, 'hello exit@1')
  await expect(runToEnd(host)).rejects.toMatchObject({ name: 'EngineLostError', exitCode: 7, signal: null })
})

test('an engine that keeps dying at start is given up with its last words, and the next request tries again', async () => {
  process.env['FAKE_ENGINE_DIES_AT_START'] = '1'
  const host = startHost({ restartDelaysMs: [0, 0] })
  const losses: string[] = []
  await new Promise<void>((resolve) =>
    host.onStatus((status) => {
      if (status.kind !== 'lost') return
      losses.push(status.lost)
      expect(status.isRestarting).toBe(losses.length < 3)
      if (status.lost.includes('the next request tries again')) resolve()
    }),
  )
  expect(losses).toHaveLength(3)
  expect(losses[2]).toContain('told to die at start')
  delete process.env['FAKE_ENGINE_DIES_AT_START']
  await expect(host.load(request)).resolves.toMatchObject({ family: 'qwen2' })
})

test('an aborted call stops waiting while the engine goes on', async () => {
  const host = startHost({ disposeLimitMs: 1 })
  await openRollout(host, 'hello hang@0')
  const controller = new AbortController()
  const stepping = host.call('steps', { rolloutId, count: 1 }, { signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  await expect(stepping).rejects.toThrow('no longer wanted')
  await expect(host.call('close', { rolloutId })).resolves.toBeNull()
})

test('dispose lets the running call finish, refuses new ones and starts no other engine', async () => {
  const host = startHost()
  await openRollout(host, 'hello')
  const stepping = host.call('steps', { rolloutId, count: 1 })
  const disposing = host.dispose()
  await expect(host.call('steps', { rolloutId, count: 1 })).rejects.toBeInstanceOf(EngineDisposedError)
  await expect(stepping).resolves.toEqual({ finish: null })
  await disposing
})

test('dispose tells those who wait for the next engine that there will be none', async () => {
  const host = startHost({ restartDelaysMs: [60_000] })
  await openRollout(host, 'hello exit@0')
  await expect(host.call('steps', { rolloutId, count: 1 })).rejects.toBeInstanceOf(EngineLostError)
  const told = expect(host.call('close', { rolloutId })).rejects.toBeInstanceOf(EngineDisposedError)
  await host.dispose()
  await told
})

test('dispose ends an engine that does not finish within the limit', async () => {
  const host = startHost({ disposeLimitMs: 1 })
  await openRollout(host, 'hello hang@0')
  const stepping = host.call('steps', { rolloutId, count: 1 }).catch((reason: unknown) => reason)
  await host.dispose()
  expect(await stepping).toBeInstanceOf(EngineLostError)
})

test('completions reach the caller that asked for them, and an abort stops the engine as well', async () => {
  const host = startHost()
  await host.load(request)
  const complete = (texts: string[], options: CallOptions) =>
    host.call('complete', { modelId, config, batchSize: 1, samples: texts.map((text) => ({ prompt: { kind: 'text', text }, sampleId: text, repeat: 0 })) }, options)
  const texts: string[] = []
  const controller = new AbortController()
  const stopped = complete(['a', 'b hang@0', 'c'], {
    signal: controller.signal,
    onCompletion: ({ text }) => {
      texts.push(text)
      controller.abort(new Error('enough'))
    },
  })
  await expect(stopped).rejects.toThrow('enough')
  await expect(complete(['d'], { onCompletion: ({ text }) => texts.push(text) })).resolves.toBeNull()
  expect(texts).toEqual(['a', 'd'])
})

test('a call that is given up before the engine is ready is never made', async () => {
  const host = startHost()
  const controller = new AbortController()
  const seen: string[] = []
  const call = host.call('complete', { modelId, config, batchSize: 1, samples: [{ prompt: { kind: 'text', text: 'exit@0' }, sampleId: 's', repeat: 0 }] }, { signal: controller.signal })
  host.onStatus(({ kind }) => seen.push(kind))
  controller.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  await host.load(request)
  expect(seen).not.toContain('lost')
})

describe('a training call', () => {
  const training = (name: string) =>
    completeTrainingConfig({ stage: 'weaver', model: { reasonerDir: '/models/tiny' }, dataset: { name, trainFile: '/train.jsonl' }, optimisation: { maxSteps: 3 }, outputDirectory: '/nowhere/written' })

  test('tells what happens, and nothing after it has settled', async () => {
    const kinds: string[] = []
    await startHost().call('train', { config: training('plain') }, { onTrainingEvent: ({ kind }) => kinds.push(kind) })
    expect(kinds).toEqual(['progress', 'data', 'parameters', 'started', 'step', 'sample', 'step', 'step', 'finished'])
  })

  test('ends by itself when it is asked to halt, also before the engine is ready', async () => {
    const host = startHost()
    const last: unknown[] = []
    const run = (halt: AbortSignal, onStart?: () => void) =>
      host.call('train', { config: { ...training('hang@1'), outputDirectory: mkdtempSync(join(tmpdir(), 'memgen-train-')) } }, {
        halt,
        onTrainingEvent: (event) => {
          if (event.kind === 'started') onStart?.()
          last[0] = event
        },
      })
    await run(AbortSignal.abort('pause'))
    expect(last).toEqual([{ kind: 'stopped', step: 0, reason: 'pause' }])
    const controller = new AbortController()
    await run(controller.signal, () => controller.abort('stop'))
    expect(last).toEqual([{ kind: 'stopped', step: 0, reason: 'stop' }])
  })
})

describe('unloading', () => {
  const pidOf = (host: EngineHost): number => {
    if (host.status.kind !== 'ready') throw new Error('the engine should be ready')
    return host.status.pid
  }

  test('the last model takes the engine process with it, which is no loss, and calls made meanwhile go to the next one', async () => {
    const host = startHost()
    const kinds: string[] = []
    await host.load(request)
    const before = pidOf(host)
    host.onStatus(({ kind }) => kinds.push(kind))
    host.onLost(() => kinds.push('a listener heard of a loss'))
    const answered = host.call('tokenize', { modelId, text: 'a' })
    const replacing = nextStatus(host, 'starting')
    const unloading = host.unload(modelId)
    await replacing
    const asked = host.call('tokenize', { modelId, text: 'b' })
    await unloading
    expect(await answered).toHaveLength(1)
    expect(await asked).toHaveLength(1)
    expect(pidOf(host)).not.toBe(before)
    expect(host.status).toMatchObject({ loadedModels: [] })
    expect(host.lastLoaded(modelId)).toBeNull()
    expect(new Set(kinds)).toEqual(new Set(['starting', 'ready']))
  })

  test('one of two models leaves the process, and one that is not there leaves everything as it is', async () => {
    const host = startHost()
    await host.load(request)
    await host.load({ ...request, modelId: 'other' as ModelId, precision: 'q8' })
    const before = pidOf(host)
    await host.unload(modelId)
    await host.unload(modelId)
    expect(host.status).toMatchObject({ pid: before, loadedModels: [{ modelId: 'other', device: 'cpu', precision: 'q8', fallback: null }] })
  })

  test('a host that is disposed of meanwhile starts no other process', async () => {
    const host = startHost()
    await host.load(request)
    const unloading = host.unload(modelId)
    await host.dispose()
    await unloading
    expect(host.status).toEqual({ kind: 'starting' })
  })
})
