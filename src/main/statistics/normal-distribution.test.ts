/** @file The normal tail against scipy. */
import { expect, test } from 'vitest'
import { twoSidedNormalTail } from './normal-distribution.ts'

/** scipy 1.17.1: 2 * scipy.stats.norm.sf(z). */
test.each([
  [0, 1],
  [0.1, 0.920344325445942],
  [1, 0.31731050786291415],
  [2, 0.04550026389635839],
  [3.4, 0.0006738585313537617],
  [3.6, 0.00031821718031506727],
  [5, 5.733031437583866e-7],
  [8, 1.244192114854348e-15],
  [20, 5.507248237212311e-89],
])('beyond %d lies %d', (z, expected) => {
  expect(Math.abs(twoSidedNormalTail(z) / expected - 1)).toBeLessThan(1e-10)
  expect(twoSidedNormalTail(-z)).toBe(twoSidedNormalTail(z))
})
