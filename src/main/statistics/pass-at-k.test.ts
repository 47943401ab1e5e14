/** @file pass@k against counting every draw. */
import { expect, test } from 'vitest'
import { passAtK } from './pass-at-k.ts'

/** Shares of all sets of k among `count` answers, of which the first `right` are right, that hold a right one. */
function counted(count: number, right: number, k: number): number {
  const sets = Array.from({ length: 2 ** count }, (_, bits) => Array.from({ length: count }, (_, index) => (bits >> index) & 1)).filter((set) => set.reduce((sum, bit) => sum + bit, 0) === k)
  return sets.filter((set) => set.slice(0, right).includes(1)).length / sets.length
}

test('it is the share of all draws that hold a right answer', () => {
  for (let count = 1; count <= 7; count++) {
    for (let right = 0; right <= count; right++) {
      for (let k = 1; k <= count; k++) expect(passAtK({ count, right }, k), `${right} of ${count}, k ${k}`).toBeCloseTo(counted(count, right, k), 12)
    }
  }
})

test('with one answer drawn it is the share of right ones, and many answers keep their digits', () => {
  expect(passAtK({ count: 1000, right: 1 }, 1)).toBeCloseTo(0.001, 15)
  expect(passAtK({ count: 1000, right: 1 }, 500)).toBeCloseTo(0.5, 12)
})

test('more draws than answers are refused', () => {
  expect(() => passAtK({ count: 2, right: 1 }, 3)).toThrow('expected k from 1 to 2, found 3')
})
