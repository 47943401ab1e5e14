/** @file Attention to latents: which query belongs to which step, and that block and lane tell the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateRecord } from '../../../../test/support/generation-record.ts'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { GenerationRecord } from '../protocol.ts'
import { attentionLane, attentionToBlock } from './latent-attention.ts'
import { probeModel, type ProbedModel } from './probed-model.ts'
import { layOutRecord } from './recorded-context.ts'

/** Sums of a few hundred float32 probabilities. */
const TOLERANCE = 1e-6
const PROMPT = 'What is 7, plus 5.'
const generation = { maxNewTokens: 12, policy: { kind: 'schedule', steps: [2, 6] }, sampling: { doSample: true } } satisfies RunConfigInput

let probed: ProbedModel
let record: GenerationRecord
beforeAll(async () => {
  probed = await probeModel(await loadModel(goldenLocation('qwen2')))
  record = (await generateRecord(probed, PROMPT, generation)).record
  expect(record.insertions.map(({ stepIndex }) => stepIndex)).toEqual([2, 6])
  expect(record.steps.length).toBeGreaterThan(8)
})
afterAll(async () => {
  await probed.model.release()
})

test('the queries are those of the steps from the block on, and at most as many as asked for', async () => {
  const all = await attentionToBlock(probed, { record, stepIndex: 2, maxSteps: 100 })
  expect(all.stepIndices).toEqual(record.steps.map((_, index) => index).slice(2))
  const { numHiddenLayers, numAttentionHeads } = probed.model.config
  expect(all).toMatchObject({ layers: numHiddenLayers, heads: numAttentionHeads, latents: record.insertions[0]?.latents.rows })
  expect(all.mass).toHaveLength(all.layers * all.heads * all.latents * all.stepIndices.length)
  const few = await attentionToBlock(probed, { record, stepIndex: 2, maxSteps: 3 })
  expect(few.stepIndices).toEqual([2, 3, 4])
  for (let plane = 0; plane < all.layers * all.heads * all.latents; plane++) {
    for (let step = 0; step < 3; step++) {
      expect(few.mass[plane * 3 + step]).toBeCloseTo(all.mass[plane * all.stepIndices.length + step] ?? NaN, 6)
    }
  }
})

test('a block whose token has not come yet is asked about that step alone', async () => {
  const pending = { ...record, steps: record.steps.slice(0, 6) }
  const { stepIndices, mass } = await attentionToBlock(probed, { record: pending, stepIndex: 6, maxSteps: 10 })
  expect(stepIndices).toEqual([6])
  expect(mass.every((value) => value > 0 && value < 1)).toBe(true)
})

test('each number is the probability that its layer and head put on its latent', async () => {
  const { probe, model: { config } } = probed
  const { layers, heads, latents, stepIndices, mass } = await attentionToBlock(probed, { record, stepIndex: 2, maxSteps: 100 })
  const context = layOutRecord(record, config.hiddenSize)
  const [block] = context.blocks
  const query = context.predictors[5] ?? 0
  const keySets = [...context.ids.keys()].map((key) => [key])
  for await (const { end, attention } of probe.read(context, { keySets })) {
    for (let plane = 0; plane < layers * heads; plane++) {
      for (let latent = 0; latent < latents; latent++) {
        const expected = attention?.[(plane * end + query) * keySets.length + (block?.start ?? 0) + latent]
        expect(mass[(plane * latents + latent) * stepIndices.length + 3]).toBeCloseTo(expected ?? NaN, 6)
      }
    }
  }
})

test('the lane is the mean over layers and heads of what goes to all blocks together, and 0 before the first', async () => {
  const lane = await attentionLane(probed, { record })
  expect(lane).toHaveLength(record.steps.length)
  expect([...lane.slice(0, 2)]).toEqual([0, 0])
  const blocks = await Promise.all([2, 6].map((stepIndex) => attentionToBlock(probed, { record, stepIndex, maxSteps: 100 })))
  for (let step = 2; step < lane.length; step++) {
    let expected = 0
    for (const { layers, heads, latents, stepIndices, mass } of blocks) {
      const place = stepIndices.indexOf(step)
      if (place < 0) continue
      for (let row = 0; row < layers * heads * latents; row++) expected += (mass[row * stepIndices.length + place] ?? NaN) / (layers * heads)
    }
    expect(Math.abs((lane[step] ?? NaN) - expected)).toBeLessThan(TOLERANCE)
    expect(lane[step]).toBeGreaterThan(0)
  }
})

test('without latents, and without steps, there is no attention to them', async () => {
  expect([...(await attentionLane(probed, { record: { ...record, insertions: [] } }))]).toEqual(record.steps.map(() => 0))
  expect(await attentionLane(probed, { record: { ...record, steps: [] } })).toHaveLength(0)
})
