/** @file Samples completed with latents of others: who gets whose. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { generateCompletions, type CompletionRequest } from '../memgen/completions.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import type { CompletionSample } from '../protocol.ts'
import { completeSamples } from './complete-samples.ts'
import { DonorPool } from './donor-pool.ts'

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

async function complete(input: RunConfigInput, options: { batchSize?: number; donors?: CompletionSample[] } = {}): Promise<Map<string, Completion>> {
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

test('a donor has another prompt, and gives latents for every insertion the run allows', async () => {
  const pool = await DonorPool.generate(model, config(always), TEXTS.slice(0, 2).map(requestOf), {})
  const own: Float32Array[] = []
  await generateCompletions(model, config(always), [requestOf(TEXTS[0] ?? '')], { onInsertion: ({ latents }) => own.push(latents) })
  const given = pool.donorOf(requestOf(TEXTS[0] ?? ''))
  expect(given.prompt).toHaveLength(1)
  expect(given.inference).toHaveLength(3)
  for (const latents of [...given.prompt, ...given.inference]) expect(own).not.toContainEqual(latents)
  // The same question under another id is no other question.
  expect(pool.donorOf({ ...requestOf(TEXTS[0] ?? ''), sampleId: 'copy' })).toEqual(given)
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

test('a donor gives latents for every insertion of a policy that ignores the limit', async () => {
  const pool = await DonorPool.generate(model, config(always), TEXTS.slice(0, 2).map(requestOf), {})
  expect(pool.donorOf({ ...requestOf(TEXTS[0] ?? ''), policy: { kind: 'candidates', ordinals: [1, 2, 3, 4, 5] } }).inference).toHaveLength(5)
})
