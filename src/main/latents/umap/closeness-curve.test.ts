/** @file The curve against scipy's fit. */
import { expect, test } from 'vitest'
import { fitCloseness } from './closeness-curve.ts'

/** scipy 1.17.1: curve_fit with xtol=ftol=1e-14 over 300 places from 0 to 3. */
test.each([
  { minDist: 0, a: 1.9328090880855, b: 0.7904946611253174 },
  { minDist: 0.1, a: 1.5769436134456798, b: 0.8950607194372566 },
  { minDist: 0.5, a: 0.5830298055312382, b: 1.3341673830015464 },
  { minDist: 1, a: 0.11497599064325553, b: 1.9292353365161816 },
])('for a smallest distance of $minDist it is that of scipy', ({ minDist, a, b }) => {
  const curve = fitCloseness(minDist)
  expect(curve.a).toBeCloseTo(a, 6)
  expect(curve.b).toBeCloseTo(b, 6)
})
