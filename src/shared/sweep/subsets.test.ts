/** @file The subsets that a sweep tries. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSubsets, subsetKey } from './subsets.ts'

test('few candidates are tried in every subset, small ones first', () => {
  expect(planSubsets(3, 10).map(subsetKey)).toEqual(['', '0', '1', '2', '0,1', '0,2', '1,2', '0,1,2'])
})

test('many candidates are tried alone and all at once', () => {
  expect(planSubsets(4, 3).map(subsetKey)).toEqual(['', '0', '1', '2', '3', '0,1,2,3'])
})

test('one candidate alone is all candidates at once', () => {
  expect(planSubsets(1, 0)).toEqual([[], [0]])
})

test('no subset comes twice, and each is ascending', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 10 }), (candidateCount, limit) => {
      const subsets = planSubsets(candidateCount, limit)
      expect(new Set(subsets.map(subsetKey)).size).toBe(subsets.length)
      for (const subset of subsets) expect(subset).toEqual(subset.toSorted((a, b) => a - b))
      if (candidateCount <= limit) expect(subsets).toHaveLength(2 ** candidateCount)
    }),
  )
})
