/** @file pass@k against counting every draw. */
import { expect, test } from 'vitest'
import { scoreInterval } from '../../shared/statistics/wilson-interval.ts'
import { clusteredAccuracy } from './clustered-accuracy.ts'
import { passAtK, passRate } from './pass-at-k.ts'

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

test('the interval for one draw is that of the accuracy with samples as clusters', () => {
  const problems = [0, 1, 3, 4, 4, 2].map((right) => ({ count: 4, right }))
  const results = problems.flatMap(({ count, right }, sample) => Array.from({ length: count }, (_, repeat) => ({ sampleId: `${sample}`, reward: repeat < right ? 1 : 0 })))
  const accuracy = clusteredAccuracy(results)
  expect(passRate(problems, 1)).toEqual({ estimate: expect.closeTo(accuracy!.estimate, 12) as unknown, low: expect.closeTo(accuracy!.low, 12) as unknown, high: expect.closeTo(accuracy!.high, 12) as unknown })
})

test('problems that are all passed leave as much doubt as so many single answers', () => {
  expect(passRate(Array.from({ length: 16 }, () => ({ count: 6, right: 6 })), 2)).toMatchObject({ estimate: 1, low: expect.closeTo(0.8064, 4) as unknown, high: 1 })
  // Problems that are alike are worth their answers, not infinitely many.
  expect(passRate(Array.from({ length: 7 }, () => ({ count: 10, right: 3 })), 1)?.low).toBeCloseTo(scoreInterval(0.3, 70).low, 12)
  expect(passRate([{ count: 2, right: 1 }], 1)?.estimate).toBe(0.5)
  expect(passRate([], 2)).toBeNull()
})

test('more draws than answers are refused', () => {
  expect(() => passAtK({ count: 2, right: 1 }, 3)).toThrow('expected k from 1 to 2, found 3')
})
