/** @file The statistics behind checkpoint health, on values whose answer is known. */
import { describe, expect, test } from 'vitest'
import { bfloat16ToFloat32, float32ToBfloat16 } from '../../../shared/half.ts'
import { hostTensor } from '../tensor/host-tensor.ts'
import { countNonFinite, normaliseRows, quantiles, rowNorms, testLinearInitialisation } from './tensor-statistics.ts'

test('quantiles interpolate between neighbours', () => {
  expect(quantiles([4, 1, 3, 2])).toEqual([1, 1.15, 1.75, 2.5, 3.25, 3.85, 4].map((value) => expect.closeTo(value) as number))
  expect(quantiles([7])).toEqual([7, 7, 7, 7, 7, 7, 7])
  expect(quantiles([])).toEqual([])
})

test('row norms are Euclidean', () => {
  expect(rowNorms(Float32Array.of(3, 4, 0, 0, 5, 12), 2)).toEqual([5, 0, 13])
})

test('NaN and both infinities are counted', () => {
  expect(countNonFinite(Float32Array.of(1, NaN, Infinity, -Infinity, 0))).toBe(3)
})

test('normalised rows have mean bias and variance one before weight and scale', () => {
  const norm = { weight: hostTensor([2], Float32Array.of(1, 1)), bias: hostTensor([2], Float32Array.of(0, 1)), scale: 2 }
  const [first, second] = normaliseRows(hostTensor([1, 2], Float32Array.of(10, 20)), norm)
  expect(first).toBeCloseTo(-2, 5)
  expect(second).toBeCloseTo(4, 5)
})

describe('a linear layer still at its initialisation', () => {
  const width = 64
  /** Equidistant values in a scattered order: as uniform as values can be. */
  const uniform = (count: number, bound: number) => Float32Array.from({ length: count }, (_, i) => bound * (2 * (((i * 37) % count) + 0.5) / count - 1))
  const layer = (values: Float32Array) => [hostTensor([2, width], values.slice(0, 2 * width)), hostTensor([2], values.slice(2 * width))] as const
  const initial = uniform(2 * width + 2, 1 / Math.sqrt(width))

  test('is recognised', () => {
    expect(testLinearInitialisation(...layer(initial))).toMatchObject({ looksInitial: true, bound: Math.fround(1 / 8) })
  })

  test('is recognised after rounding to bfloat16, which may lift a value over the bound', () => {
    const odd = 50
    const values = uniform(2 * odd + 2, Math.fround(1 / Math.sqrt(odd)))
    values[0] = Math.fround(1 / Math.sqrt(odd))
    const rounded = bfloat16ToFloat32(float32ToBfloat16(values))
    expect(testLinearInitialisation(hostTensor([2, odd], rounded.slice(0, 2 * odd)), hostTensor([2], rounded.slice(2 * odd))).looksInitial).toBe(true)
  })

  test('is not seen where one value lies outside the bound', () => {
    expect(testLinearInitialisation(...layer(initial.with(3, 0.13))).looksInitial).toBe(false)
  })

  test('is not seen where the values crowd in the middle', () => {
    expect(testLinearInitialisation(...layer(initial.map((value) => value / 2))).looksInitial).toBe(false)
  })

  test('is not seen in a layer of zeros', () => {
    expect(testLinearInitialisation(...layer(initial.map(() => 0))).looksInitial).toBe(false)
  })
})
