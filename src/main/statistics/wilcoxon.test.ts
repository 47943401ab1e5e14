/** @file The signed-rank test against published values, scipy, and all signs counted one by one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wilcoxonSignedRank } from './wilcoxon.ts'

const tolerance = 1e-9

test('depression scores of Hollander and Wolfe (1973), p. 29, give V = 40 and p = 0.039', () => {
  // The example of R's wilcox.test, and scipy 1.17.1: wilcoxon(x - y, method='exact').
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  expect(wilcoxonSignedRank(before.map((value, i) => value - after[i]!))).toEqual({ statistic: 5, pairCount: 9, pValue: 0.0390625, isExact: true })
})

test("the heights of Darwin's plants give scipy's documented example", () => {
  const differences = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
  expect(wilcoxonSignedRank(differences)).toEqual({ statistic: 24, pairCount: 15, pValue: 0.041259765625, isExact: true })
})

/** scipy 1.17.1: wilcoxon(differences, zero_method='wilcox', correction=True, method='approx'), the 50 pairs with method='exact'. */
test.each([
  { name: 'ties', differences: [0.5, 0.5, -0.5, 0.25, 0.75, 1, -1, 0.25, 0.5, 0.5, -0.25], statistic: 18.5, pValue: 0.2075187621881297, isExact: false },
  { name: 'fifty ranks', differences: signedRanks(50), statistic: 425, pValue: 0.03996834652842374, isExact: true },
  { name: 'eighty ranks', differences: signedRanks(80), statistic: 1080, pValue: 0.009664799654326928, isExact: false },
  { name: 'five values thirty times', differences: [1, 2, 3, -1, 5].flatMap((value) => Array<number>(30).fill(value)), statistic: 915, pValue: 2.1552523094757714e-19, isExact: false },
])('$name give the p-value of scipy', ({ differences, statistic, pValue, isExact }) => {
  const result = wilcoxonSignedRank(differences)
  expect(result).toMatchObject({ statistic, isExact })
  expect(Math.abs(result.pValue / pValue - 1)).toBeLessThan(tolerance)
})

test('the exact p-value is that of all signs counted one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (signs) => {
      const sums = Array.from({ length: 2 ** signs.length }, (_, choice) => signs.reduce((sum, _, i) => sum + ((choice >> i) & 1) * (i + 1), 0))
      const { statistic, pValue } = wilcoxonSignedRank(signs.map((isPositive, i) => (isPositive ? i + 1 : -i - 1)))
      expect(pValue).toBeCloseTo(Math.min(1, (2 * sums.filter((sum) => sum <= statistic).length) / sums.length), 12)
    }),
  )
})

test('order, direction, scale and pairs without a difference change nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 80 }), (differences) => {
      const expected = wilcoxonSignedRank(differences)
      expect(wilcoxonSignedRank(differences.map((difference) => -4 * difference).reverse())).toEqual(expected)
      expect(wilcoxonSignedRank([...differences, 0, 0])).toEqual(expected)
      expect(expected.pValue).toBeGreaterThanOrEqual(0)
      expect(expected.pValue).toBeLessThanOrEqual(1)
    }),
  )
})

test('nothing that differs is no evidence, and what is no number is refused', () => {
  expect(wilcoxonSignedRank([0, 0])).toEqual({ statistic: 0, pairCount: 0, pValue: 1, isExact: true })
  expect(() => wilcoxonSignedRank([1, Number.NaN])).toThrow('found NaN at 1')
})

/** 1, 2, 3, … with every third rank negative, the first included. */
function signedRanks(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i % 3 === 0 ? -1 : 1) * (i + 1))
}
