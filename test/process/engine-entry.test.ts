/** @file The engine as a real process, spoken to by its messages alone, on the golden cases. No host stands in between. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ComputedStep, EngineCallName, EngineCalls, EngineFailure, EngineRequest, ResolvedChange } from '../../src/main/engine/protocol.ts'
import { forkEngine, type EngineExit } from '../../src/main/engine-host/index.ts'
import { deviceSpeedSchema } from '../../src/shared/domain/calibration.ts'
import { completionSchema, type Completion } from '../../src/shared/domain/completion.ts'
import type { ModelId, TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema, type RunConfigInput } from '../../src/shared/domain/run-config.ts'
import { stepSchema } from '../../src/shared/domain/step.ts'
import type { Finish, Prompt } from '../../src/shared/domain/trace.ts'
import { weaveSchema } from '../../src/shared/domain/weave.ts'
import { changedCopy, overwriteTensor, removeCopies } from '../support/damaged-folder.ts'
import { goldenLocation } from '../support/golden-model.ts'

const onTheCpu = { device: 'cpu', precision: 'f32', weightsDir: null } as const
const entryPath = new URL('../../src/main/engine/entry.ts', import.meta.url).pathname
const prompt: Prompt = { kind: 'messages', messages: [{ role: 'user', content: 'What is 7, plus 5.' }] }
const qwen2 = 'qwen2' as ModelId
const llama = 'llama' as ModelId
const first = 'first' as TraceId
const second = 'second' as TraceId

/** The failure an engine answered a call with. */
class CallFailure extends Error {
  readonly failure: EngineFailure

  constructor(failure: EngineFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** One engine process and what it said. */
class Engine {
  readonly steps: ComputedStep[] = []
  readonly completions: Completion[] = []
  readonly progress: string[] = []
  readonly exit: Promise<EngineExit>
  readonly ready: Promise<void>
  readonly #process = forkEngine(entryPath)
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #nextCallId = 0
  constructor() {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.ready = promise
    this.exit = new Promise((resolve) => {
      this.#process.onExit(resolve)
    })
    this.#process.onMessage((message) => {
      if (message.kind === 'ready') resolve(undefined)
      else if (message.kind === 'progress') this.progress.push(message.stage)
      else if (message.kind === 'steps') this.steps.push(...message.steps)
      else if (message.kind === 'completion') this.completions.push(message.completion)
      else if (message.kind !== 'training') {
        const call = this.#waiting.get(message.callId)
        if (message.kind === 'response') call?.resolve(message.result)
        else call?.reject(new CallFailure(message.failure))
      }
    })
  }

  call<Name extends EngineCallName>(call: Name, request: EngineCalls[Name]['request']): Promise<EngineCalls[Name]['response']> {
    const callId = this.#nextCallId++
    return new Promise((resolve, reject) => {
      // The protocol pairs each call with its response.
      this.#waiting.set(callId, { resolve: resolve as (result: unknown) => void, reject })
      this.#process.post({ callId, call, arguments: request } as EngineRequest)
    })
  }

  /** Stops the call that was made last. */
  cancel(): void {
    this.#process.post({ callId: this.#nextCallId - 1, call: 'cancel' })
  }

  async failure<Name extends EngineCallName>(call: Name, request: EngineCalls[Name]['request']): Promise<EngineFailure> {
    const error: unknown = await this.call(call, request).then(
      () => new Error(`${call} succeeded`),
      (error: unknown) => error,
    )
    if (!(error instanceof CallFailure)) throw error
    return error.failure
  }

  /** Asks the latest call to end with the step under way. */
  haltLatest(): void {
    this.#process.post({ callId: this.#nextCallId - 1, call: 'halt', reason: 'pause' })
  }

  async open(rolloutId: TraceId, input: RunConfigInput = {}, modelId: ModelId = qwen2): Promise<EngineCalls['open']['response']> {
    return this.call('open', { rolloutId, modelId, prompt, config: runConfigSchema.parse(input), sampleId: 'sample', repeat: 0 })
  }

  async runToEnd(rolloutId: TraceId): Promise<Finish> {
    for (;;) {
      const { finish } = await this.call('steps', { rolloutId, count: 1 })
      if (finish !== null) return finish
    }
  }

  tokenIds(rolloutId: TraceId): number[] {
    return this.steps.filter((message) => message.rolloutId === rolloutId).map(({ step }) => step.tokenId)
  }

  async end(): Promise<void> {
    this.#process.end()
    await this.exit
  }
}

let engine: Engine
beforeEach(async () => {
  engine = new Engine()
  await engine.ready
  await engine.call('load', { modelId: qwen2, location: goldenLocation('qwen2'), ...onTheCpu })
})
afterEach(async () => {
  await engine.end()
  removeCopies()
})

test('a model is loaded with progress, and described', async () => {
  expect(engine.progress[0]).toBe('reading files')
  expect(engine.progress.at(-1)).toBe('ready')
  const summary = await engine.call('load', { modelId: qwen2, location: goldenLocation('qwen2'), ...onTheCpu })
  expect(summary).toMatchObject({ family: 'qwen2', hiddenSize: 48, vocabSize: 296, hasMemory: true, variant: 'memgen', baseCopies: 1, promptLatentsLen: 4 })
})

test('a rollout is opened and stepped to its end; every step arrives before its answer, and none after the finish', async () => {
  const { renderedPrompt, promptTokens } = await engine.open(first, { maxNewTokens: 12, policy: { kind: 'always' } })
  expect(renderedPrompt).toMatch(/^<\|im_start\|>user\nWhat is 7, plus 5\.<\|im_end\|>\n<\|im_start\|>assistant\n$/)
  expect(promptTokens.map(({ text }) => text).join('')).toBe(renderedPrompt)
  expect(promptTokens.every(({ embeddingNorm }) => embeddingNorm > 0)).toBe(true)

  for (let stepCount = 1; stepCount < 12; stepCount++) {
    expect(await engine.call('steps', { rolloutId: first, count: 1 })).toEqual({ finish: null })
    expect(engine.steps).toHaveLength(stepCount)
  }
  expect(await engine.call('steps', { rolloutId: first, count: 1 })).toEqual({ finish: 'length' })
  expect(await engine.call('steps', { rolloutId: first, count: 1 })).toEqual({ finish: 'length' })
  expect(engine.steps.map(({ step }) => step.index)).toEqual(Array.from({ length: 12 }, (_, index) => index))

  for (const { step, weave } of engine.steps) {
    stepSchema.parse(step)
    if (weave !== null) weaveSchema.parse(weave)
  }
  const latents = engine.steps[0]?.weave?.latents
  expect(latents?.data).toBeInstanceOf(Float32Array)
  expect(latents).toMatchObject({ rows: 4, columns: 48 })
  expect(await engine.call('close', { rolloutId: first })).toBeNull()
  expect(await engine.failure('steps', { rolloutId: first, count: 1 })).toMatchObject({ code: null, message: 'internal: rollout first is not open' })
})

test('many steps are taken in one call, as one by one', async () => {
  const input = { maxNewTokens: 12, policy: { kind: 'always' } } satisfies RunConfigInput
  await engine.open(first, input)
  await engine.runToEnd(first)
  await engine.open(second, input)
  expect(await engine.call('steps', { rolloutId: second, count: 5 })).toEqual({ finish: null })
  expect(engine.tokenIds(second)).toEqual(engine.tokenIds(first).slice(0, 5))
  expect(await engine.call('steps', { rolloutId: second, count: 100 })).toEqual({ finish: 'length' })
  expect(engine.tokenIds(second)).toEqual(engine.tokenIds(first))
})

test('a call for many steps ends after the one under way where the host halts it, and where another call waits', async () => {
  await engine.open(first, { maxNewTokens: 100 })
  await engine.open(second, { maxNewTokens: 100 })
  const halted = engine.call('steps', { rolloutId: first, count: 100 })
  engine.haltLatest()
  expect(await halted).toEqual({ finish: null })
  const takenBefore = engine.tokenIds(first).length
  expect(takenBefore).toBeLessThan(100)

  const [, other] = await Promise.all([engine.call('steps', { rolloutId: first, count: 100 - takenBefore }), engine.call('steps', { rolloutId: second, count: 1 })])
  expect(other).toEqual({ finish: null })
  expect(engine.tokenIds(first).length).toBeGreaterThan(takenBefore)
  expect(engine.tokenIds(first).length).toBeLessThan(100)
  expect(engine.tokenIds(second)).toHaveLength(1)
})

test('a call for many steps that is cancelled ends after the one under way, as a failure', async () => {
  await engine.open(first, { maxNewTokens: 400 })
  const cancelled = engine.failure('steps', { rolloutId: first, count: 400 })
  await vi.waitFor(() => expect(engine.steps.length).toBeGreaterThan(0), { interval: 1 })
  engine.cancel()
  expect(await cancelled).toMatchObject({ code: null })
  expect(engine.tokenIds(first).length).toBeLessThan(400)
})

test('a rollout is forked with a change, and restored from what it has told, and all go on alike', async () => {
  const input = { maxNewTokens: 8, policy: { kind: 'always' } } satisfies RunConfigInput
  const { promptTokens } = await engine.open(first, input)
  await engine.runToEnd(first)
  const told = engine.steps.slice(0, 4)
  const change = { stepIndex: 4, change: { kind: 'tokens', tokenIds: [70], text: 'f' }, latents: null } satisfies ResolvedChange
  await engine.call('fork', { rolloutId: first, forkId: second, stepIndex: 4, change })
  await engine.runToEnd(second)
  expect(engine.tokenIds(second)).toHaveLength(4)
  expect(engine.tokenIds(second)[0]).toBe(70)

  const record = {
    promptIds: promptTokens.map(({ tokenId }) => tokenId),
    steps: told.map(({ step }) => step),
    insertions: told.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }])),
  }
  const third = 'third' as TraceId
  const restored = { rolloutId: third, modelId: qwen2, config: runConfigSchema.parse(input), sampleId: 'sample', repeat: 0, record }
  await engine.call('restore', { ...restored, changes: [change] })
  await engine.runToEnd(third)
  expect(engine.tokenIds(third)).toEqual(engine.tokenIds(second))
  expect(await engine.failure('restore', { ...restored, changes: [{ ...change, change: { ...change.change, tokenIds: [10_000_000] } }] })).toMatchObject({ code: 'PROMPT_REJECTED' })
})

test('a step is taken by phases, with the twin alongside', async () => {
  await engine.open(first, { maxNewTokens: 2, policy: { kind: 'always' } })
  await engine.call('setTwin', { rolloutId: first, isEnabled: true })
  expect(await engine.call('phase', { rolloutId: first })).toMatchObject({ finish: null, pending: { phase: 'decided', stepIndex: 0, decision: 1, weave: null } })
  const woven = await engine.call('phase', { rolloutId: first })
  expect(woven.pending?.phase).toBe('woven')
  expect(engine.steps).toHaveLength(0)
  expect(await engine.call('phase', { rolloutId: first })).toEqual({ finish: null, pending: null })
  expect(engine.steps[0]?.weave).toEqual(woven.pending?.weave)
  expect(engine.steps[0]?.step.twin?.kl).toBeGreaterThan(0)
  expect(await engine.call('steps', { rolloutId: first, count: 1 })).toEqual({ finish: 'length' })
})

test('a prompt is shown as the model will read it, and a text as tokens, without a rollout', async () => {
  const preview = await engine.call('preview', { modelId: qwen2, prompt })
  expect(preview).toEqual(await engine.open(first))
  expect(await engine.call('preview', { modelId: qwen2, prompt: { kind: 'text', text: '' } })).toEqual({ renderedPrompt: '', promptTokens: [] })
  const tokens = await engine.call('tokenize', { modelId: qwen2, text: ' is 7.' })
  expect(tokens.map(({ text }) => text).join('')).toBe(' is 7.')
})

test('vectors are held against the embedding table, and a text is cut to a number of tokens', async () => {
  const means = await engine.call('embeddingMeans', { modelId: qwen2, tokenIds: [Int32Array.of(40), Int32Array.of(40, 41)] })
  const [nearest] = await engine.call('nearestEntries', { modelId: qwen2, vectors: means, topK: 3 })
  expect(means.rows).toBe(2)
  expect(nearest?.map(({ tokenId }) => tokenId)).toHaveLength(3)
  expect(nearest?.[0]?.tokenId).toBe(40)
  expect((await engine.call('truncate', { modelId: qwen2, text: 'What is 7, plus 5.', maxTokens: 4 })).isTruncated).toBe(true)
})

test('completions carry records where they are asked for; a block of a cluster is left out', async () => {
  const config = runConfigSchema.parse({ policy: { kind: 'always' }, maxNewTokens: 4, intervention: { kind: 'drop-cluster', clusterSetId: 'set', cluster: 0, topK: 1000 } })
  const { hiddenSize } = await engine.call('load', { modelId: qwen2, location: goldenLocation('qwen2'), ...onTheCpu })
  const request = { modelId: qwen2, config, samples: [{ prompt, sampleId: 'a', repeat: 0 }], batchSize: 2, record: 'projected' as const }
  await engine.call('complete', { ...request, centroids: { rows: 1, columns: hiddenSize, data: new Float32Array(hiddenSize).fill(1) } })
  const { record } = completionSchema.parse(engine.completions[0])
  expect(record?.tokenIds).toHaveLength(4)
  expect(record?.weaves[0]).toMatchObject({ stepIndex: 0, norms: [], latents: new Float32Array(0) })
  await engine.call('complete', request)
  expect(engine.completions[1]?.error).toContain('needs the centroids of the cluster set set')
})

test('two models and two rollouts live side by side', async () => {
  await engine.call('load', { modelId: llama, location: goldenLocation('llama'), ...onTheCpu })
  await engine.open(first, { maxNewTokens: 5 })
  await engine.open(second, { maxNewTokens: 5 }, llama)
  for (let step = 0; step < 5; step++) {
    await engine.call('steps', { rolloutId: first, count: 1 })
    await engine.call('steps', { rolloutId: second, count: 1 })
  }
  const alternated = [engine.tokenIds(first), engine.tokenIds(second)]
  engine.steps.length = 0
  await engine.open(first, { maxNewTokens: 5 })
  await engine.runToEnd(first)
  await engine.open(second, { maxNewTokens: 5 }, llama)
  await engine.runToEnd(second)
  expect([engine.tokenIds(first), engine.tokenIds(second)]).toEqual(alternated)
})

test('an unloaded model takes its rollouts with it, leaves others alone and can be loaded again', async () => {
  await engine.call('load', { modelId: llama, location: goldenLocation('llama'), ...onTheCpu })
  await engine.open(first)
  await engine.open(second, { maxNewTokens: 2 }, llama)
  expect(await engine.call('unload', { modelId: qwen2 })).toBeNull()
  expect(await engine.failure('steps', { rolloutId: first, count: 1 })).toMatchObject({ message: 'internal: rollout first is not open' })
  expect(await engine.runToEnd(second)).toBe('length')
  await engine.call('load', { modelId: qwen2, location: goldenLocation('qwen2'), ...onTheCpu })
  await engine.open(first, { maxNewTokens: 1 })
  expect(await engine.call('steps', { rolloutId: first, count: 1 })).toEqual({ finish: 'length' })
})

test('a folder without weights is refused with its path, and what was loaded stays', async () => {
  const empty = changedCopy(goldenLocation('qwen2').reasonerDir, (folder) => {
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
  })
  const location = { ...goldenLocation('qwen2'), reasonerDir: empty }
  expect(await engine.failure('load', { modelId: llama, location, ...onTheCpu })).toMatchObject({
    code: 'CHECKPOINT_INVALID',
    path: expect.stringContaining(empty) as string,
    message: expect.stringContaining('config.json') as string,
  })
  await engine.open(first, { maxNewTokens: 1 })
})

test('prompts and configs that cannot be run are refused, and a model that is not loaded is a bug of the host', async () => {
  const config = runConfigSchema.parse({})
  const options = { rolloutId: first, modelId: qwen2, config, sampleId: 's', repeat: 0 }
  expect(await engine.failure('open', { ...options, prompt: { kind: 'text', text: '' } })).toMatchObject({ code: 'PROMPT_REJECTED', promptLength: 0 })
  expect(await engine.failure('open', { ...options, modelId: llama, prompt })).toMatchObject({ code: null, message: 'internal: model llama is not loaded' })
})

test('a generation that meets NaN fails at its step with what came before kept, and others go on', async () => {
  const checkpointDir = changedCopy(goldenLocation('qwen2').checkpointDir, (folder) => {
    overwriteTensor(join(folder, 'weaver/weaver/adapter_model.safetensors'), 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight', NaN)
  })
  const broken = 'broken' as ModelId
  await engine.call('load', { modelId: broken, location: { ...goldenLocation('qwen2'), checkpointDir }, ...onTheCpu })
  await engine.open(first, { policy: { kind: 'schedule', steps: [2] } }, broken)
  await engine.open(second, { maxNewTokens: 4 })
  await engine.call('steps', { rolloutId: first, count: 1 })
  await engine.call('steps', { rolloutId: first, count: 1 })
  expect(await engine.failure('steps', { rolloutId: first, count: 1 })).toMatchObject({ code: 'ROLLOUT_FAILED', message: expect.stringMatching(/^step 2: .*adapter_model\.safetensors, tensor "weaver\.layers\.0\.self_attn\.q_proj\.lora_B", holds NaN/) as string })
  expect(engine.steps.map(({ step }) => step.index)).toEqual([0, 1])
  expect(await engine.runToEnd(second)).toBe('length')
})

test('a checkpoint is inspected without being loaded', async () => {
  const health = await engine.call('inspect', { location: goldenLocation('llama'), sha256: false })
  expect(health).toBeTypeOf('object')
  expect(await engine.failure('open', { rolloutId: first, modelId: llama, prompt, config: runConfigSchema.parse({}), sampleId: 's', repeat: 0 })).toMatchObject({ code: null })
})

test('devices are listed, a model’s shape is named, and the CPU is measured for it, whatever is loaded', async () => {
  expect(await engine.call('listDevices', null)).toContain('cpu')
  const location = goldenLocation('llama')
  expect(await engine.call('modelShape', { location })).toMatch(/^llama \d+x\d+ /)
  const speed = await engine.call('calibrate', { location, device: 'cpu', precision: 'f32', weightsDir: null })
  expect(deviceSpeedSchema.parse(speed)).toMatchObject({ device: 'cpu', precision: 'f32' })
  const device = process.platform === 'darwin' ? 'dml' : 'coreml'
  expect(await engine.failure('calibrate', { location, device, precision: 'f32', weightsDir: null })).toMatchObject({ code: 'DEVICE_UNAVAILABLE', device })
})

const samples = ['one', 'two', 'three', 'four'].map((sampleId, index) => ({ prompt: { kind: 'text' as const, text: `${sampleId}, a prompt of its own ${index}.` }, sampleId, repeat: 0 }))

test('completions arrive before the answer, each as it finishes, and are those of the samples', async () => {
  const config = runConfigSchema.parse({ maxNewTokens: 6, policy: { kind: 'always' } })
  expect(await engine.call('complete', { modelId: qwen2, config, samples, batchSize: 2 })).toBeNull()
  for (const completion of engine.completions) completionSchema.parse(completion)
  expect(engine.completions.map(({ sampleId }) => sampleId).sort()).toEqual(['four', 'one', 'three', 'two'])
  expect(engine.completions.every(({ insertions }) => insertions.prompt === 1)).toBe(true)
})

test('latents of other samples are woven first where the intervention asks for them', async () => {
  const config = runConfigSchema.parse({ maxNewTokens: 6, policy: { kind: 'always' }, intervention: { kind: 'other' } })
  await engine.call('complete', { modelId: qwen2, config, samples, donors: samples.slice(0, 2), batchSize: 2 })
  expect(engine.completions.map(({ error }) => error)).toEqual([null, null, null, null])
})

test('a cancelled call stops between two steps, and the next one is answered', async () => {
  const config = runConfigSchema.parse({ maxNewTokens: 2000 })
  const failed = engine.failure('complete', { modelId: qwen2, config, samples: [{ prompt, sampleId: 'long', repeat: 0 }], batchSize: 1 })
  engine.cancel()
  expect(await failed).toMatchObject({ message: expect.stringContaining('abort') as string })
  expect(engine.completions).toEqual([])
  await engine.call('complete', { modelId: qwen2, config: { ...config, maxNewTokens: 1 }, samples, batchSize: 4 })
  expect(engine.completions).toHaveLength(4)
})
