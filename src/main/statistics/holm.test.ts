/** @file Holm's correction against statsmodels and its defining properties. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holmAdjust } from './holm.ts'

test('five p-values are adjusted as statsmodels adjusts them', () => {
  // statsmodels 0.15.0: multipletests([0.01, 0.04, 0.03, 0.005, 0.6], method='holm')[1].
  const expected = [0.04, 0.09, 0.09, 0.025, 0.6]
  for (const [i, pValue] of holmAdjust([0.01, 0.04, 0.03, 0.005, 0.6]).entries()) expect(pValue).toBeCloseTo(expected[i]!, 12)
})

test('adjusted values lie between the p-value and Bonferroni, keep its order and do not depend on it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (pValues) => {
      const adjusted = holmAdjust(pValues)
      for (const [i, pValue] of pValues.entries()) {
        expect(adjusted[i]!).toBeGreaterThanOrEqual(pValue)
        expect(adjusted[i]!).toBeLessThanOrEqual(Math.min(1, pValue * pValues.length))
        for (const [j, other] of pValues.entries()) if (pValue < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!)
      }
      expect(holmAdjust(pValues.toReversed())).toEqual(adjusted.toReversed())
    }),
  )
})

test('one test needs no correction, and none gives none', () => {
  expect(holmAdjust([0.03])).toEqual([0.03])
  expect(holmAdjust([])).toEqual([])
})
