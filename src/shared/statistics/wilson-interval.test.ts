/** @file The interval of a proportion against published values. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wilsonInterval } from './wilson-interval.ts'

/** Newcombe, Statistics in Medicine 17 (1998), table I, method 3; printed to four places. */
test.each([
  { successes: 81, count: 263, low: 0.2553, high: 0.3662 },
  { successes: 15, count: 148, low: 0.0624, high: 0.1605 },
  { successes: 0, count: 20, low: 0, high: 0.1611 },
  { successes: 1, count: 29, low: 0.0061, high: 0.1718 },
])('$successes of $count lie in the published interval', ({ successes, count, low, high }) => {
  const interval = wilsonInterval(successes, count)
  expect(interval.estimate).toBe(successes / count)
  expect(interval.low).toBeCloseTo(low, 4)
  expect(interval.high).toBeCloseTo(high, 4)
})

const proportion = fc.integer({ min: 1, max: 1_000_000 }).chain((count) => fc.record({ count: fc.constant(count), successes: fc.integer({ min: 0, max: count }) }))

test('the interval lies in [0, 1], holds the estimate and mirrors that of the failures', () => {
  fc.assert(
    fc.property(proportion, ({ successes, count }) => {
      const { estimate, low, high } = wilsonInterval(successes, count)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(low).toBeLessThanOrEqual(estimate)
      expect(high).toBeGreaterThanOrEqual(estimate)
      expect(high).toBeLessThanOrEqual(1)
      expect(wilsonInterval(count - successes, count).low).toBeCloseTo(1 - high, 12)
    }),
  )
})

test('impossible counts are refused', () => {
  expect(() => wilsonInterval(0, 0)).toThrow('expected a count of at least 1, found 0')
  expect(() => wilsonInterval(3, 2)).toThrow('expected between 0 and 2 successes, found 3')
  expect(() => wilsonInterval(0.5, 2)).toThrow(RangeError)
})
