/** @file What the Sweep view says. */
import { expect, test } from 'vitest'
import { planLine, signed, subsetName } from './sweep-words.ts'

test.each([
  [[], 'no memory'],
  [[0], 'end of prompt'],
  [[2], 'candidate 2'],
  [[0, 2, 3], 'end of prompt, 2 and 3'],
  [[1, 4], 'candidate 1 and 4'],
])('the subset %j is “%s”', (candidates, name) => {
  expect(subsetName(candidates)).toBe(name)
})

test('a plan says whether every subset is tried', () => {
  expect(planLine({ candidateCount: 4, total: 16 }, 10)).toBe('4 candidates: every subset, 16 generations.')
  expect(planLine({ candidateCount: 12, total: 14 }, 10)).toBe('12 candidates, more than 10: none, each alone and all at once, 14 generations.')
})

test('differences carry their sign', () => {
  expect([1, -0.25, 0].map(signed)).toEqual(['+1', '−0.25', '0'])
})
