/** @file The exact test against sums of whole numbers and, where these are too long, the normal distribution. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countTransitions, mcNemarExact } from './mcnemar.ts'

/** The logarithms of about 1e6 that are subtracted leave this relative error. */
const relativeTolerance = 1e-8

/** 2 * sum of C(n, i) for i <= min, over 2^n, in exact arithmetic until the last division. */
function exactPValue(helped: number, harmed: number): number {
  const n = BigInt(helped + harmed)
  let coefficient = 1n
  let sum = 0n
  for (let i = 0n; i <= BigInt(Math.min(helped, harmed)); i++) {
    sum += coefficient
    coefficient = (coefficient * (n - i)) / (i + 1n)
  }
  const digits = 10n ** 400n
  const scaled = Number(`${String((2n * sum * digits) / 2n ** n)}e-400`)
  return helped === harmed ? 1 : Math.min(1, scaled)
}

test('samples that changed are counted by direction', () => {
  const before = [false, false, true, true, true]
  const after = [true, false, true, false, false]
  expect(countTransitions(before, after)).toEqual({ helped: 1, harmed: 2, bothRight: 1, bothWrong: 1 })
  expect(() => countTransitions([true], [])).toThrow('found 1 samples before and 0 after')
})

test.each([
  { helped: 0, harmed: 0, pValue: 1 },
  { helped: 3, harmed: 3, pValue: 1 },
  { helped: 1, harmed: 0, pValue: 1 },
  { helped: 0, harmed: 5, pValue: 2 / 32 },
  { helped: 8, harmed: 1, pValue: (2 * (1 + 9)) / 512 },
  { helped: 2, harmed: 10, pValue: (2 * (1 + 12 + 66)) / 4096 },
])('$helped helped and $harmed harmed give $pValue', ({ helped, harmed, pValue }) => {
  expect(mcNemarExact({ helped, harmed })).toBeCloseTo(pValue, 12)
})

test('the p-value is that of exact arithmetic, whichever direction is called help', () => {
  const count = fc.integer({ min: 0, max: 400 })
  fc.assert(
    fc.property(count, count, (helped, harmed) => {
      const pValue = mcNemarExact({ helped, harmed })
      const exact = exactPValue(helped, harmed)
      expect(Math.abs(pValue - exact)).toBeLessThanOrEqual(relativeTolerance * exact)
      expect(mcNemarExact({ helped: harmed, harmed: helped })).toBe(pValue)
    }),
  )
})

test('a million changed samples give the p-value of the normal distribution', () => {
  // z = (501000 - 499000 - 1) / 1000 with continuity correction; 2 * (1 - Phi(1.999)) = 0.045608.
  expect(mcNemarExact({ helped: 501_000, harmed: 499_000 })).toBeCloseTo(0.045608, 5)
})

test('overwhelming evidence gives 0 and not NaN', () => {
  expect(mcNemarExact({ helped: 5000, harmed: 0 })).toBe(0)
  expect(mcNemarExact({ helped: 1000, harmed: 0 })).toBeGreaterThan(0)
})

test('anything but counts is refused', () => {
  expect(() => mcNemarExact({ helped: -1, harmed: 0 })).toThrow('expected counts')
  expect(() => mcNemarExact({ helped: 0.5, harmed: 0 })).toThrow(RangeError)
})
