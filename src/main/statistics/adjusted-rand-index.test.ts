/** @file Agreement of groupings against scikit-learn. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adjustedRandIndex } from './adjusted-rand-index.ts'

/** scikit-learn 1.9.1: adjusted_rand_score; the first is its documented example. */
test.each([
  { left: [0, 0, 1, 1], right: [0, 0, 1, 2], expected: 0.5714285714285714 },
  { left: [0, 0, 0, 1, 1, 1, 2, 2, 2], right: [0, 1, 0, 1, 1, 2, 2, 2, 0], expected: 0.1111111111111111 },
])('$left and $right agree as scikit-learn finds', ({ left, right, expected }) => {
  expect(adjustedRandIndex(left, right)).toBeCloseTo(expected, 12)
  expect(adjustedRandIndex(right, left)).toBeCloseTo(expected, 12)
})

test('the same groups under other names agree fully, and no agreement exceeds that', () => {
  const grouping = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(grouping, (pairs) => {
      const [left, right] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)]
      expect(adjustedRandIndex(left, left.map((cluster) => 7 - cluster))).toBe(1)
      expect(adjustedRandIndex(left, right)).toBeLessThanOrEqual(1)
    }),
  )
})

test('groupings of different things are refused', () => {
  expect(() => adjustedRandIndex([0], [0, 1])).toThrow('found 1 and 2')
})
