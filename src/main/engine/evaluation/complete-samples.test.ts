/** @file Samples completed with latents of others: who gets whose. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { config, goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { Finish } from '../../../shared/domain/trace.ts'
import { LiveRollout } from '../live-rollout.ts'
import { generateCompletions, type CompletionRequest } from '../memgen/completions.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import type { StepResult } from '../memgen/step-record.ts'
import type { CompletionSample } from '../protocol.ts'
import { completeSamples, type CompleteSamplesOptions } from './complete-samples.ts'
import { DonorPool } from './donor-pool.ts'
import { weaveDonors } from './weave-donors.ts'

/** Rows of a batch and a row alone may differ in the last bits of float32 (docs/DESIGN.md 4.7). */
const BATCH_TOLERANCE = 1e-4

const TEXTS = ['What is 7, plus 5.\n', 'Once, upon a time.\n', 'a b c d e f g h', 'The end,\n']
const always = { policy: { kind: 'always' }, maxNewTokens: 16, maxInferenceAugNum: 3 } satisfies RunConfigInput

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

const samples: CompletionSample[] = TEXTS.map((text) => ({ prompt: { kind: 'text', text }, sampleId: text, repeat: 0 }))

function requestOf(text: string): CompletionRequest {
  return { promptIds: model.tokenizer.encode(text), sampleId: text, repeat: 0 }
}

async function complete(input: RunConfigInput, options: Partial<Pick<CompleteSamplesOptions, 'batchSize' | 'donors' | 'donor'>> = {}): Promise<Map<string, Completion>> {
  const completions = new Map<string, Completion>()
  const listener = { signal: new AbortController().signal, onCompletion: (completion: Completion) => completions.set(completion.sampleId, completion) }
  await completeSamples(model, { config: config(input), samples, batchSize: 3, ...options }, listener)
  return completions
}

test('every sample is completed as from its rendered prompt', async () => {
  const direct = await generateCompletions(model, config(always), TEXTS.map(requestOf))
  expect([...(await complete(always)).values()].sort((a, b) => TEXTS.indexOf(a.sampleId) - TEXTS.indexOf(b.sampleId))).toEqual(direct)
})

test('latents of others do not depend on the batch, and change what is generated', async () => {
  const other = { ...always, intervention: { kind: 'other' } } satisfies RunConfigInput
  const [small, large, plain] = [await complete(other, { donors: samples, batchSize: 1 }), await complete(other, { donors: samples, batchSize: 4 }), await complete(always)]
  const tokens = (completions: Map<string, Completion>): unknown[] => TEXTS.map((text) => completions.get(text)?.tokenIds)
  expect(tokens(small)).toEqual(tokens(large))
  expect(tokens(small)).not.toEqual(tokens(plain))
})

test('the calls of a run share donors that are generated from once; another run, other weights or a failure generate anew', async () => {
  const other = { ...always, intervention: { kind: 'other' }, seed: 7 } satisfies RunConfigInput
  const generating = vi.spyOn(DonorPool, 'generate')
  const stopped = { signal: AbortSignal.abort(new Error('stopped')), onCompletion: () => undefined }
  await expect(completeSamples(model, { config: config(other), samples, donors: samples, batchSize: 3 }, stopped)).rejects.toThrow('stopped')
  const first = await complete(other, { donors: samples })
  expect(await complete(other, { donors: structuredClone(samples) })).toEqual(first)
  expect(generating).toHaveBeenCalledTimes(2)
  const changed = await complete({ ...other, seed: 8 }, { donors: samples })
  await complete(other, { donors: samples.slice(1) })
  await complete(other, { donors: samples, batchSize: 2 })
  expect(await complete(other, { donors: samples })).toEqual(first) // only the latest are kept
  expect(generating).toHaveBeenCalledTimes(6)
  expect(await complete({ ...other, seed: 8 }, { donors: samples })).toEqual(changed)
  const again = await loadModel(goldenLocation('qwen2'))
  const reloaded: Completion[] = []
  await completeSamples(again, { config: config({ ...other, seed: 8 }), samples, donors: samples, batchSize: 3 }, { signal: new AbortController().signal, onCompletion: (completion) => reloaded.push(completion) })
  await again.release()
  expect(new Map(reloaded.map((completion) => [completion.sampleId, completion]))).toEqual(changed)
  expect(generating).toHaveBeenCalledTimes(8)
  generating.mockRestore()
})

test('a donor has another prompt, and gives latents for every insertion the run allows', async () => {
  const pool = await DonorPool.generate(model, config(always), TEXTS.slice(0, 2).map(requestOf), {})
  const own: Float32Array[] = []
  await generateCompletions(model, config(always), [requestOf(TEXTS[0] ?? '')], { onInsertion: ({ latents }) => own.push(latents) })
  const positions = pool.choose(requestOf(TEXTS[0] ?? ''))
  expect(positions).toEqual({ prompt: [1], inference: [1, 1, 1] })
  const given = pool.latentsAt(positions)
  for (const { data } of [...given.prompt, ...given.inference]) expect(own).not.toContainEqual(data)
  // The same question under another id is no other question.
  expect(pool.choose({ ...requestOf(TEXTS[0] ?? ''), sampleId: 'copy' })).toEqual(positions)
})

test('where a donor wove fewer times, the next that wove as often gives the rest', async () => {
  const requests = [requestOf(TEXTS[0] ?? ''), requestOf(TEXTS[1] ?? ''), requestOf(TEXTS[2] ?? '')]
  const policies = [{ kind: 'prompt-only' }, { kind: 'always' }, { kind: 'prompt-only' }] as const
  const pool = await DonorPool.generate(model, config(always), requests.map((request, index) => ({ ...request, policy: policies[index] ?? { kind: 'vanilla' } })), {})
  for (const repeat of [0, 1, 2, 3]) expect(pool.choose({ ...requestOf('somebody else'), repeat }).inference).toEqual([1, 1, 1])
  expect(() => pool.latentsAt({ prompt: [0], inference: [0] })).toThrow(`Sample ${TEXTS[0] ?? ''}, which gave what it wove at its inference insertion 0, weaves 0 times now.`)
})

test.each([[1, 0], [3, BATCH_TOLERANCE]])('a record names its donors, who give the same again to a replay of the row alone: %i rows at a time', async (batchSize, tolerance) => {
  const other = config({ ...always, intervention: { kind: 'other' }, sampling: { doSample: true, temperature: 1 } })
  const signal = new AbortController().signal
  const completions: Completion[] = []
  await completeSamples(model, { config: other, samples, donors: samples, batchSize, record: 'projected' }, { signal, onCompletion: (completion) => completions.push(completion) })
  expect(completions).toHaveLength(TEXTS.length)
  for (const { sampleId, record } of completions) {
    if (record?.donors == null) throw new Error('the record names no donors')
    const donor = await weaveDonors(model, { config: other, donors: samples, positions: record.donors }, { signal })
    const rollout = LiveRollout.open(model, { kind: 'text', text: sampleId }, { id: 'replay' as TraceId, config: other, sampleId, repeat: 0, donor })
    const steps: StepResult[] = []
    for (let finish: Finish | null = null; finish === null; ) ({ finish } = await rollout.step((step) => steps.push(step)))
    rollout.dispose()
    expect(steps.map(({ step }) => step.tokenId)).toEqual([...record.tokenIds])
    expect(steps.flatMap(({ step }) => (step.decision === -100 ? [] : [[step.index, step.decision]]))).toEqual(record.asked.map(({ stepIndex, decision }) => [stepIndex, decision]))
    const norms = record.weaves.flatMap((weave) => weave.norms)
    const again = steps.flatMap(({ weave }) => weave?.norms ?? [])
    expect(again).toHaveLength(norms.length)
    for (const [index, norm] of again.entries()) expect(Math.abs(norm - (norms[index] ?? NaN))).toBeLessThanOrEqual(tolerance)
  }
})

test('given latents are injected into every sample, and no donor is generated from', async () => {
  const other = { ...always, intervention: { kind: 'other' } } satisfies RunConfigInput
  const zerosOf = (rows = 0) => ({ rows, columns: model.config.hiddenSize, data: new Float32Array(rows * model.config.hiddenSize) })
  const { promptLatentsLen, inferenceLatentsLen } = model.memory?.checkpoint ?? {}
  const zeros = await complete({ ...always, intervention: { kind: 'zero' } })
  const given = await complete(other, { donor: { prompt: [zerosOf(promptLatentsLen)], inference: [zerosOf(inferenceLatentsLen)] } })
  for (const text of TEXTS) expect(given.get(text)?.tokenIds).toEqual(zeros.get(text)?.tokenIds)
})

test('without another question each row fails and says why', async () => {
  const completions = await complete({ ...always, intervention: { kind: 'other' } }, { donors: [] })
  for (const { error } of completions.values()) expect(error).toBe('step 0: the other sample has no latents for prompt insertion 0')
})

test('samples of one batch may follow policies of their own', async () => {
  const subsets = [[], [0], [1], [0, 2]]
  const mixed = subsets.map((ordinals, index) => ({ ...samples[0], sampleId: `subset ${index}`, drawsAs: TEXTS[0], policy: { kind: 'candidates', ordinals } }) as CompletionSample)
  const completions = new Map<string, Completion>()
  await completeSamples(model, { config: config(always), samples: mixed, batchSize: 3 }, { signal: new AbortController().signal, onCompletion: (completion) => completions.set(completion.sampleId, completion) })
  for (const [index, ordinals] of subsets.entries()) {
    const [alone] = await generateCompletions(model, config({ ...always, policy: { kind: 'candidates', ordinals } }), [requestOf(TEXTS[0] ?? '')])
    expect(completions.get(`subset ${index}`)).toEqual({ ...alone, sampleId: `subset ${index}` })
  }
  expect(new Set([...completions.values()].map(({ decisions }) => decisions.join())).size).toBe(4)
})

