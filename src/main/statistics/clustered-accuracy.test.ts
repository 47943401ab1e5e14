/** @file The interval of repeated samples against statsmodels, and what repeats may do to it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clusteredAccuracy } from './clustered-accuracy.ts'
import { wilsonInterval } from '../../shared/statistics/wilson-interval.ts'

/** Of sums of a few numbers between 0 and 1. */
const ROUNDING = 1e-12

/** One list a sample, one number a repeat. */
function results(rewards: readonly (readonly (number | null)[])[]) {
  return rewards.flatMap((repeats, i) => repeats.map((reward) => ({ sampleId: `sample ${i}`, reward })))
}

/**
 * statsmodels 0.15.0: the variance is that of OLS on a constant with cov_type='cluster', the bounds those of
 * proportion_confint(p * n / d, n / d, method='wilson').
 */
test.each([
  { name: 'four repeats each', rewards: [[1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [1, 1, 0, 1], [1, 1, 1, 1]], low: 0.3107741348114813, high: 0.860344460641843 },
  { name: 'unequal repeats', rewards: [[1, 1, 1], [0, 0], [1], [1, 1, 1, 1], [0, 1, 0]], low: 0.29886283749775805, high: 0.9223404041099337 },
  { name: 'repeats that vary while samples do not', rewards: [[1, 0], [0, 1], [1, 0], [0, 1]], low: 0.2152160622138775, high: 0.7847839377861225 },
  { name: 'repeats that are copies', rewards: [[1, 1, 1], [0, 0, 0], [1, 1, 1], [1, 1, 1], [0, 0, 0]], low: 0.2046386728569914, high: 0.8973831598520892 },
])('$name give the interval of statsmodels', ({ rewards, low, high }) => {
  const interval = clusteredAccuracy(results(rewards))
  expect(interval?.low).toBeCloseTo(low, 9)
  expect(interval?.high).toBeCloseTo(high, 9)
})

test('without repeats it is the interval of Wilson', () => {
  expect(clusteredAccuracy(results([[1], [0], [1], [0.5], [null]]))).toEqual(wilsonInterval(2, 4))
})

test('unjudged results do not count, and without any judged there is no interval', () => {
  const rewards = [[1, 0, null], [null], [1, 1]]
  expect(clusteredAccuracy(results(rewards))).toEqual(clusteredAccuracy(results([[1, 0], [], [1, 1]])))
  expect(clusteredAccuracy(results([[null, null]]))).toBeNull()
})

const outcome = fc.constantFrom<number>(0, 1)

test('the interval holds the share and is never narrower than that of as many independent results', () => {
  fc.assert(
    fc.property(fc.array(fc.array(outcome, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 20 }), (rewards) => {
      const { estimate, low, high } = clusteredAccuracy(results(rewards))!
      const flat = rewards.flat()
      expect(estimate).toBeCloseTo(flat.reduce((sum, reward) => sum + reward, 0) / flat.length, 12)
      expect(low).toBeLessThanOrEqual(estimate)
      expect(high).toBeGreaterThanOrEqual(estimate)
      const independent = wilsonInterval(flat.filter((reward) => reward === 1).length, flat.length)
      expect(high - low).toBeGreaterThanOrEqual(independent.high - independent.low - ROUNDING)
    }),
  )
})

test('repeats that are copies say no more than one of them', () => {
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 2, maxLength: 20 }), fc.integer({ min: 2, max: 5 }), (rewards, count) => {
      const copies = clusteredAccuracy(results(rewards.map((reward) => Array<number>(count).fill(reward))))!
      const once = clusteredAccuracy(results(rewards.map((reward) => [reward])))!
      expect(copies.high - copies.low).toBeGreaterThanOrEqual(once.high - once.low - ROUNDING)
    }),
  )
})
