/** @file The effective rank of vectors whose singular values are known. */
import { expect, test } from 'vitest'
import { effectiveRank } from './effective-rank.ts'

const WIDTH = 4

test('vectors along one direction have rank 1, whatever their lengths and signs', () => {
  expect(effectiveRank(Float32Array.of(1, 2, 0, 2, -2, -4, 0, -4, 0.5, 1, 0, 1), WIDTH)).toBeCloseTo(1, 6)
})

test('vectors of one length at right angles have their number as rank', () => {
  expect(effectiveRank(Float32Array.of(3, 0, 0, 0, 0, 0, 3, 0, 0, -3, 0, 0), WIDTH)).toBeCloseTo(3, 12)
})

test('singular values 3 and 1 have rank exp(H(3/4, 1/4)), however the vectors are turned and scaled', () => {
  const expected = Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25))
  expect(effectiveRank(Float32Array.of(3, 0, 0, 0, 0, 1, 0, 0), WIDTH)).toBeCloseTo(expected, 12)
  // The same two directions, turned by 45 degrees: rows (3, 1) and (3, -1) over the square root of 2.
  expect(effectiveRank(Float32Array.of(30, 10, 0, 0, 30, -10, 0, 0), WIDTH)).toBeCloseTo(expected, 12)
})

test('without a vector that has a direction there is no rank', () => {
  expect(effectiveRank(new Float32Array(0), WIDTH)).toBeNull()
  expect(effectiveRank(new Float32Array(2 * WIDTH), WIDTH)).toBeNull()
})
