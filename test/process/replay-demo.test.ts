/** @file Sampled completions of the bundled demo model, replayed as full traces by the real engine: the same tokens, for each turn and repeat. */
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeviceRoom, SpeedBook } from '../../src/main/devices/index.ts'
import { EngineHost, forkEngine, type StartEngine } from '../../src/main/engine-host/index.ts'
import { createMemoryLog, SessionRoom } from '../../src/main/sessions/index.ts'
import type { Completion } from '../../src/shared/domain/completion.ts'
import type { DonorSample } from '../../src/shared/domain/donor.ts'
import type { ClusterSetId, EvaluationRunId } from '../../src/shared/domain/experiment-ids.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import type { ModelEntry } from '../../src/shared/domain/model.ts'
import { runConfigSchema, type RunConfig } from '../../src/shared/domain/run-config.ts'
import { drawsOfTurn, type Prompt, type ResultOrigin, type Trace } from '../../src/shared/domain/trace.ts'
import type { Matrix } from '../../src/shared/domain/weave.ts'

const root = resolve(import.meta.dirname, '..', '..')
const demoDir = join(root, 'resources', 'demo-model')
const model: ModelEntry = { id: 'demo' as ModelId, name: 'Demo', location: { reasonerDir: join(demoDir, 'base'), checkpointDir: join(demoDir, 'memgen') }, isBundled: true, label: null, examples: [], placement: { device: 'cpu', precision: 'f32' } }
/** Nothing that it was trained on: it is sure of no answer, so the draws decide. */
const prompt: Prompt = { kind: 'messages', messages: [{ role: 'user', content: 'Once, upon a time. What then,' }] }
const sampled = runConfigSchema.parse({ maxNewTokens: 40, sampling: { doSample: true, temperature: 1 }, recordTopK: 0, recordNearest: 0 })
const clusterSetId = 'set' as ClusterSetId
const donors: DonorSample[] = ['What is 2 + 3?', 'What is 4 + 1?', 'Tell me, once more, of the sea.'].map((content, index) => ({ sampleId: `donor/${index}`, prompt: { kind: 'messages', messages: [{ role: 'user', content }] } }))
/** A row of a batch and a row alone may differ in the last bits of float32 (docs/DESIGN.md 4.7). */
const BATCH_DIGITS = 3
const origins: ResultOrigin[] = [0, 1].flatMap((turn) => [0, 1].map((repeat) => ({ runId: 'run' as EvaluationRunId, sampleId: 'new/3', repeat, turn })))

let engine: EngineHost
let room: SessionRoom
/** What the ablation speaks of; filled with a block of the model's own. */
let centroids: Matrix | null = null
const log = createMemoryLog({ now: () => 1_000 })
beforeAll(() => {
  const startEngine: StartEngine = () => forkEngine(join(root, 'src', 'main', 'engine', 'entry.ts'))
  engine = new EngineHost(startEngine)
  const devices = new DeviceRoom({ engine, startEngine, book: new SpeedBook({ path: null, machine: '' }), weightsDir: null })
  room = new SessionRoom({ engine, devices, log, findModel: async () => model, findCentroids: async () => centroids })
})
afterAll(async () => {
  await Promise.all([room.dispose(), engine.dispose()])
})

/** One completion for each origin, in their order, three rows at a time. */
async function complete(config: RunConfig): Promise<Completion[]> {
  await room.requireModel(model.id)
  const found = new Map<string, Completion>()
  const samples = origins.map((origin) => ({ prompt, sampleId: drawsOfTurn(origin), repeat: origin.repeat }))
  const onCompletion = (completion: Completion): void => void found.set(`${completion.sampleId} ${completion.repeat}`, completion)
  await engine.call('complete', { modelId: model.id, config, samples, batchSize: 3, record: 'projected', donors: donors.map((donor) => ({ ...donor, repeat: 0 })), ...(centroids !== null && { centroids }) }, { onCompletion })
  return samples.flatMap(({ sampleId, repeat }) => found.get(`${sampleId} ${repeat}`) ?? [])
}

async function expectReplays(config: RunConfig, completions: readonly Completion[]): Promise<Trace[]> {
  const replays: Trace[] = []
  for (const [index, { record, tokenIds }] of completions.entries()) {
    const origin = origins[index]
    if (record === undefined || origin === undefined) throw new Error('no record')
    const { traceId, isSame } = await room.replay({ origin, modelId: model.id, prompt, config, record, donors })
    const trace = await log.getTrace(traceId)
    expect(trace?.steps.map((step) => step.tokenId)).toEqual(tokenIds)
    expect(isSame).toBe(true)
    expect(trace?.weaves.map(({ latents }) => latents.rows)).toEqual(record.weaves.map(({ norms }) => norms.length))
    if (trace !== undefined) replays.push(trace)
  }
  return replays
}

test.each<RunConfig['policy']>([{ kind: 'trigger' }, { kind: 'random', probability: 0.5 }])('a replay takes the tokens of the completion: $kind', async (policy) => {
  const config: RunConfig = { ...sampled, policy }
  const completions = await complete(config)
  expect(new Set(completions.map(({ tokenIds }) => tokenIds.join())).size).toBe(origins.length) // each turn and repeat draws its own
  await expectReplays(config, completions)
})

test('a replay with latents of other samples is given those that the completion was given, at the same insertions', async () => {
  const config: RunConfig = { ...sampled, policy: { kind: 'always' }, intervention: { kind: 'other' } }
  const completions = await complete(config)
  expect(new Set(completions.map(({ record }) => record?.donors?.prompt.join())).size).toBeGreaterThan(1) // drawn for each turn and repeat
  const [first] = await expectReplays(config, completions)
  const normsOf = (weaves: readonly { norms: readonly number[] }[] = []): readonly number[] => weaves.flatMap(({ norms }) => norms)
  const recorded = normsOf(completions[0]?.record?.weaves)
  expect(normsOf(first?.weaves)).toEqual(recorded.map((norm) => expect.closeTo(norm, BATCH_DIGITS) as number))
  expect(first && (await room.certify(first.header.id)).verdict).toBe('exact')
})

test("a replay of a cluster's ablation leaves out the same blocks", async () => {
  const always: RunConfig = { ...sampled, policy: { kind: 'always' } }
  const [own] = await complete(always)
  const block = own?.record?.weaves[0]
  if (block?.latents == null) throw new Error('no prompt latents were kept')
  centroids = { rows: 1, columns: block.latents.length / block.norms.length, data: meanOf(block.latents, block.norms.length) }
  const ablated: RunConfig = { ...always, intervention: { kind: 'drop-cluster', clusterSetId, cluster: 0, topK: 1 } }
  const completions = await complete(ablated)
  // The prompt's block is the same in every row; its mean is nearest to itself.
  for (const { record } of completions) expect(record?.weaves[0]).toMatchObject({ kind: 'prompt', norms: [] })
  await expectReplays(ablated, completions)
})

function meanOf(latents: Float32Array, count: number): Float32Array {
  const width = latents.length / count
  return Float32Array.from({ length: width }, (_, column) => {
    let sum = 0
    for (let row = 0; row < count; row++) sum += latents[row * width + column] ?? 0
    return sum / count
  })
}
