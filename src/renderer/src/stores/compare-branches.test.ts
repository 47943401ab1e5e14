import { expect, it } from 'vitest'
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { differsAt, firstDifference, numbersOf } from './compare-branches.ts'

function steps(tokenIds: readonly number[], insertedAt: readonly number[] = []): StepOverview[] {
  return tokenIds.map((tokenId, index) => ({
    index, tokenId, text: 'a', logprob: -tokenId, entropy: 1, candidate: false, pInvoke: null, decision: -100, decisionSource: null, augmentationCount: 0,
    weaveId: insertedAt.includes(index) ? weaveIdSchema.parse(`w${index}`) : null, elapsedMs: { decide: 0, weave: 0, decode: 1 }, twin: null,
  }))
}

it('branches differ where a token differs, latents stand in one only, or one has ended', () => {
  expect(firstDifference(steps([1, 2, 3]), steps([1, 2, 4]), 0)).toBe(2)
  expect(firstDifference(steps([1, 2, 3], [1]), steps([1, 2, 3]), 0)).toBe(1)
  expect(firstDifference(steps([1, 2, 3]), steps([1, 2]), 1)).toBe(2)
  expect(firstDifference(steps([1, 2]), steps([1, 2]), 0)).toBeNull()
  expect(differsAt(steps([1]), steps([1]), 5)).toBe(false)
})

it('means count what lies after the fork', () => {
  expect(numbersOf(steps([9, 2, 4], [0, 2]), 1)).toEqual({ length: 3, insertions: 2, meanLogprob: -3, meanEntropy: 1 })
  expect(numbersOf([], 0).meanLogprob).toBeNull()
})
