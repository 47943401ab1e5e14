/** @file What latents are like, on records whose answer is known. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateRecord } from '../../../../test/support/generation-record.ts'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { euclideanNorms } from '../memgen/vocabulary.ts'
import type { GenerationRecord } from '../protocol.ts'
import { blockSimilarity, randomNearest } from './block-similarity.ts'

/** Cosines of float32 vectors. */
const TOLERANCE = 1e-5
const PROMPT = 'What is 7, plus 5.'
const generation = { maxNewTokens: 6, policy: { kind: 'schedule', steps: [0, 3] }, sampling: { doSample: true } } satisfies RunConfigInput

let model: MemGenModel
let record: GenerationRecord
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
  record = (await generateRecord({ model }, PROMPT, generation)).record
  expect(record.insertions.map(({ stepIndex }) => stepIndex)).toEqual([0, 3])
})
afterAll(async () => {
  await model.release()
})

function countAt(index: number): number {
  return record.insertions[index]?.latents.rows ?? 0
}

test('every latent is like itself, and cosines between two are the same either way', async () => {
  const { between, effectiveRank, latents } = await blockSimilarity(model, { record, stepIndex: 3 }, [])
  expect(latents).toBe(countAt(1))
  for (let row = 0; row < latents; row++) {
    expect(Math.abs((between[row * latents + row] ?? NaN) - 1)).toBeLessThan(TOLERANCE)
    for (let column = 0; column < row; column++) expect(between[row * latents + column]).toBeCloseTo(between[column * latents + row] ?? NaN, 6)
  }
  expect(effectiveRank).toBeGreaterThan(1)
  expect(effectiveRank).toBeLessThanOrEqual(latents)
})

test('the context is everything before the block, earlier latents in their places', async () => {
  const { context, contextNorms, toContext, latents } = await blockSimilarity(model, { record, stepIndex: 3 }, [])
  const { promptIds, steps } = record
  const { tokenizer } = model
  expect(context).toEqual([
    ...promptIds.map((id, index) => ({ kind: 'prompt', index, text: tokenizer.tokenText(id) })),
    ...Array.from({ length: countAt(0) }, (_, index) => ({ kind: 'latent', index: 0, text: String(index) })),
    ...steps.slice(0, 3).map(({ tokenId }, index) => ({ kind: 'step', index, text: tokenizer.tokenText(tokenId) })),
  ])
  expect(toContext).toHaveLength(latents * context.length)
  const earlier = contextNorms.subarray(promptIds.length, promptIds.length + countAt(0))
  const norms = euclideanNorms(record.insertions[0]?.latents.data ?? new Float32Array(0), model.config.hiddenSize)
  for (const [index, norm] of norms.entries()) expect(Math.abs((earlier[index] ?? NaN) - norm)).toBeLessThan(TOLERANCE)
})

test('a latent that is a token of the vocabulary is found there and in the context', async () => {
  const [first] = record.promptIds
  if (first === undefined) throw new Error('an empty prompt')
  const embedding = await model.embeddings.inputsEmbeds({ ids: [first], latents: new Float32Array(0) })
  const planted = { ...record, insertions: [{ stepIndex: 1, latents: { rows: 1, columns: embedding.length, data: embedding.map((value) => value * 3) } }] }
  const { nearest, toContext } = await blockSimilarity(model, { record: planted, stepIndex: 1 }, [])
  expect(nearest[0]?.[0]).toMatchObject({ tokenId: first, text: model.tokenizer.tokenText(first) })
  expect(Math.abs((nearest[0]?.[0]?.cosine ?? NaN) - 1)).toBeLessThan(TOLERANCE)
  expect(Math.abs((toContext[0] ?? NaN) - 1)).toBeLessThan(TOLERANCE)
})

test('query norms are of the kind that was woven', async () => {
  const weaver = model.memory?.weaver
  const [prompt, inference] = [await blockSimilarity(model, { record, stepIndex: 0 }, []), await blockSimilarity(model, { record, stepIndex: 3 }, [])]
  expect(prompt.queryNorms).toEqual(Float32Array.from(weaver?.queryNorms('prompt') ?? []))
  expect(inference.queryNorms).toEqual(Float32Array.from(weaver?.queryNorms('inference') ?? []))
})

test('the yardstick of random directions is the same every time and lies below what is really near', async () => {
  const yardstick = await randomNearest(model)
  expect(await randomNearest(model)).toEqual(yardstick)
  expect(yardstick).toHaveLength(3)
  expect(yardstick).toEqual(yardstick.toSorted((a, b) => a - b))
  expect(yardstick[0]).toBeGreaterThan(0)
  expect(yardstick[2]).toBeLessThan(1)
  expect((await blockSimilarity(model, { record, stepIndex: 3 }, yardstick)).randomNearest).toEqual(yardstick)
})
