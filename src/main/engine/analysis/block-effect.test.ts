/** @file What a block does to its token, against two generations that differ in it alone; and the logit lens, against the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateRecord } from '../../../../test/support/generation-record.ts'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { StepResult } from '../memgen/step-record.ts'
import { divergence } from '../memgen/sampling/distribution.ts'
import type { GenerationRecord } from '../protocol.ts'
import { blockEffect } from './block-effect.ts'
import { likeliestTokens } from './likeliest-tokens.ts'
import { logitLens } from './logit-lens.ts'
import { probeModel, type ProbedModel } from './probed-model.ts'

/** The probe reads the context in one run, the generation token by token. */
const TOLERANCE = 1e-5
const PROMPT = 'What is 7, plus 5.'
const generation = { maxNewTokens: 7, policy: { kind: 'schedule', steps: [0, 3, 6] }, sampling: { doSample: true } } satisfies RunConfigInput
const STEP = 6

let probed: ProbedModel
let record: GenerationRecord
let withBlock: StepResult[]
let withoutBlock: StepResult[]
beforeAll(async () => {
  probed = await probeModel(await loadModel(goldenLocation('smollm3')))
  const made = await generateRecord(probed, PROMPT, generation)
  record = made.record
  withBlock = made.results
  expect(record.insertions.map(({ stepIndex }) => stepIndex)).toEqual([0, 3, 6])
  // The same up to the last block: the draws do not depend on the policy.
  const other = await generateRecord(probed, PROMPT, { ...generation, policy: { kind: 'schedule', steps: [0, 3] } })
  withoutBlock = other.results
  expect(withoutBlock.map(({ step }) => step.tokenId).slice(0, STEP)).toEqual(withBlock.map(({ step }) => step.tokenId).slice(0, STEP))
})
afterAll(async () => {
  await probed.model.release()
})

function logitsOf(results: readonly StepResult[]): Float32Array {
  return results[STEP]?.logits ?? new Float32Array(0)
}

/** Same tokens in the same order; logprobs within the tolerance. */
function expectSameTokens(actual: readonly { tokenId: number; logprob: number }[] | undefined, logits: Float32Array, count: number): void {
  const expected = likeliestTokens(probed.model.tokenizer, logits, count)
  expect(actual?.map(({ tokenId }) => tokenId)).toEqual(expected.map(({ tokenId }) => tokenId))
  for (const [index, { logprob }] of expected.entries()) expect(Math.abs((actual?.[index]?.logprob ?? NaN) - logprob)).toBeLessThan(TOLERANCE)
}

test('both distributions are those of a generation with the block and of one without it', async () => {
  const effect = await blockEffect(probed, { record, stepIndex: STEP, topK: 8 })
  expectSameTokens(effect.withBlock, logitsOf(withBlock), 8)
  expectSameTokens(effect.withoutBlock, logitsOf(withoutBlock), 8)
  expect(Math.abs(effect.kl - divergence(logitsOf(withBlock), logitsOf(withoutBlock)))).toBeLessThan(TOLERANCE)
  expect(effect.kl).toBeGreaterThan(TOLERANCE)
})

test('the effect of a block does not depend on what came after it', async () => {
  const cut = { ...record, steps: record.steps.slice(0, 3), insertions: record.insertions.slice(0, 2) }
  const [whole, alone] = [await blockEffect(probed, { record, stepIndex: 3, topK: 3 }), await blockEffect(probed, { record: cut, stepIndex: 3, topK: 3 })]
  expect(alone.kl).toBeCloseTo(whole.kl, 6)
})

test('a step without a block has no effect to tell', async () => {
  await expect(blockEffect(probed, { record, stepIndex: 4, topK: 3 })).rejects.toThrow('internal: nothing was inserted at step 4')
})

test('the logit lens ends, at the last latent, with what the token was drawn from', async () => {
  const { layers, entries } = await logitLens(probed, { record, stepIndex: STEP, topK: 5 })
  expect(layers).toBe(probed.model.config.numHiddenLayers + 1)
  expect(entries).toHaveLength(record.insertions[2]?.latents.rows ?? NaN)
  expect(entries.every((latent) => latent.length === layers && latent.every((tokens) => tokens.length === 5))).toBe(true)
  expectSameTokens(entries.at(-1)?.at(-1), logitsOf(withBlock), 5)
})

test('its layer 0 is the latent itself, before any layer', async () => {
  const scaled = record.insertions.map((insertion) => ({ ...insertion, latents: { ...insertion.latents, data: insertion.latents.data.map((value) => value * 4) } }))
  const [lens, ofScaled] = [
    await logitLens(probed, { record, stepIndex: 0, topK: 3 }),
    await logitLens(probed, { record: { ...record, insertions: scaled }, stepIndex: 0, topK: 3 }),
  ]
  // The final norm takes the scale out again, but for its epsilon; behind the layers it has made a difference.
  for (const [index, latent] of lens.entries.entries()) {
    expect(ofScaled.entries[index]?.[0]?.map(({ tokenId }) => tokenId)).toEqual(latent[0]?.map(({ tokenId }) => tokenId))
  }
  expect(ofScaled.entries.at(-1)?.at(-1)?.[0]?.logprob).not.toBeCloseTo(lens.entries.at(-1)?.at(-1)?.[0]?.logprob ?? NaN, 3)
})
