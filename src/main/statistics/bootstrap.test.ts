/** @file Bootstrap intervals against the distributions they approximate. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootstrapMean, pairedBootstrap } from './bootstrap.ts'

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 })
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const resamples = 200
/** Two steps of a mean of 2000 zeros and ones. */
const boundTolerance = 0.001

test('the interval of many values is that of the central limit theorem', () => {
  const values = Array.from({ length: 2000 }, (_, i) => (i % 4 === 0 ? 1 : 0))
  const halfWidth = 1.96 * Math.sqrt((0.25 * 0.75) / 2000)
  const interval = bootstrapMean(values, { seed: 1 })
  expect(interval).toMatchObject({ estimate: 0.25, seed: 1, resamples: 10_000 })
  expect(Math.abs(interval.low - (0.25 - halfWidth))).toBeLessThan(boundTolerance)
  expect(Math.abs(interval.high - (0.25 + halfWidth))).toBeLessThan(boundTolerance)
})

test('two values give the quantiles of their four equally likely draws', () => {
  // Means 0, 1/2, 1/2, 1: both tails of 2.5 % lie inside the quarters.
  expect(bootstrapMean([0, 1], { seed: 3 })).toMatchObject({ estimate: 0.5, low: 0, high: 1 })
})

test('the same values and seed give the same interval, another seed another', () => {
  const values = Array.from({ length: 50 }, (_, i) => Math.sin(i))
  expect(bootstrapMean(values, { seed: 7 })).toEqual(bootstrapMean(values, { seed: 7 }))
  expect(bootstrapMean(values, { seed: 7 }).low).not.toBe(bootstrapMean(values, { seed: 8 }).low)
})

test('the interval lies between the smallest and the largest value', () => {
  fc.assert(
    fc.property(numbers, seed, (values, seed) => {
      const { low, high } = bootstrapMean(values, { seed, resamples })
      expect(low).toBeLessThanOrEqual(high)
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
      expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
    }),
  )
})

test('pairs that all differ by the same amount leave no doubt', () => {
  fc.assert(
    fc.property(numbers, seed, (before, seed) => {
      const after = before.map((value) => value + 3)
      expect(pairedBootstrap(before, after, { seed, resamples })).toMatchObject({ estimate: 3, low: 3, high: 3 })
    }),
  )
})

test('pairing finds a difference that the spread of the samples hides', () => {
  const before = Array.from({ length: 100 }, (_, i) => i)
  const after = before.map((value, i) => value + (i % 2 === 0 ? 2 : 0))
  expect(pairedBootstrap(before, after, { seed: 5 }).low).toBeGreaterThan(0)
})

test('what has no mean is refused', () => {
  expect(() => bootstrapMean([], { seed: 0 })).toThrow('expected at least one value')
  expect(() => bootstrapMean([1, Number.NaN], { seed: 0 })).toThrow('found NaN at 1')
  expect(() => bootstrapMean([1], { seed: 2 ** 32 })).toThrow('expected a seed of 32 bits')
  expect(() => bootstrapMean([1], { seed: 0, resamples: 0 })).toThrow('at least 1 resample')
  expect(() => pairedBootstrap([1, 2], [1], { seed: 0 })).toThrow('found 2 values before and 1 after')
})
