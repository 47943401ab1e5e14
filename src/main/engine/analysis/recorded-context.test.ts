/** @file Where everything of a record lies in what the reasoner read. */
import { expect, test } from 'vitest'
import type { GenerationRecord } from '../protocol.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import { blockAt, layOutRecord, positionsOf, predictorOf } from './recorded-context.ts'

const randomState = { token: [], trigger: [], policy: [] }

function record(tokenIds: readonly number[], insertions: GenerationRecord['insertions']): GenerationRecord {
  return { promptIds: [1, 2], steps: tokenIds.map((tokenId) => ({ tokenId, candidate: false, augmentationCount: 0, randomState })), insertions }
}

function latents(...rows: number[]): GenerationRecord['insertions'][number]['latents'] {
  return { rows: rows.length, columns: 1, data: Float32Array.from(rows) }
}

test('latents lie before the token of their step, and each token is predicted from the position before it', () => {
  const context = layOutRecord(record([10, 11, 12], [{ stepIndex: 0, latents: latents(0.5, 0.25) }, { stepIndex: 2, latents: latents(-1) }]), 1)
  expect(context.ids).toEqual([1, 2, LATENT, LATENT, 10, 11, LATENT, 12])
  expect([...context.latents]).toEqual([0.5, 0.25, -1])
  expect(context.predictors).toEqual([3, 4, 6, 7])
  expect(positionsOf(blockAt(context, 2))).toEqual([6])
})

test('a block whose step has no token yet ends the context', () => {
  const context = layOutRecord(record([10], [{ stepIndex: 1, latents: latents(1, 2) }]), 1)
  expect(context.ids).toEqual([1, 2, 10, LATENT, LATENT])
  expect(predictorOf(context, 1)).toBe(4)
})

test('without insertions the context is the tokens alone', () => {
  expect(layOutRecord(record([10, 11], []), 1)).toMatchObject({ ids: [1, 2, 10, 11], blocks: [], predictors: [1, 2, 3] })
})

test('a step without a block, and latents of another width, are refused', () => {
  const given = record([10], [{ stepIndex: 0, latents: latents(1) }])
  expect(() => blockAt(layOutRecord(given, 1), 1)).toThrow('internal: nothing was inserted at step 1')
  expect(() => layOutRecord(given, 8)).toThrow('internal: the latents of step 0 have 1 columns, the model 8')
  expect(() => predictorOf(layOutRecord(given, 1), 2)).toThrow('internal: the record has no step 2')
})
