/** @file Principal components against scikit-learn and against points whose components are known. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matrix } from '../../shared/domain/weave.ts'
import { principalComponents } from './principal-components.ts'

/** Of coordinates in single precision. */
const DIGITS = 6

function matrixOf(list: readonly number[][]): Matrix {
  return { rows: list.length, columns: list[0]?.length ?? 0, data: Float32Array.from(list.flat()) }
}

test('sixty points lie where scikit-learn puts them', () => {
  const points = matrixOf(Array.from({ length: 60 }, (_, i) => [Math.sin(i * 1.7) + (i % 3) * 2, Math.cos(i * 2.3) + (i % 3 === 1 ? 3 : 0), Math.sin(i * 0.31) * 0.5]))
  const { x, y, explainedVariance } = principalComponents(points)
  // scikit-learn 1.9.1: PCA(2, svd_solver='full') on the same points in single precision.
  expect(explainedVariance[0]).toBeCloseTo(0.5566984498970765, DIGITS)
  expect(explainedVariance[1]).toBeCloseTo(0.42208044204012085, DIGITS)
  expect(x[0]).toBeCloseTo(-1.9980781112709902, DIGITS)
  expect(y[0]).toBeCloseTo(-0.02886300910367312, DIGITS)
  expect(x[1]).toBeCloseTo(0.9735537576337923, DIGITS)
  expect(y[1]).toBeCloseTo(1.3489415618158607, DIGITS)
})

test('directions that spread equally are both found', () => {
  const { explainedVariance } = principalComponents(matrixOf([[1, 1, 5], [1, -1, 5], [-1, 1, 5], [-1, -1, 5]]))
  expect(explainedVariance[0]).toBeCloseTo(0.5, DIGITS)
  expect(explainedVariance[1]).toBeCloseTo(0.5, DIGITS)
})

test('points on a line have one component, and copies none', () => {
  const line = principalComponents(matrixOf([[0, 0, 0], [1, 2, 3], [2, 4, 6], [5, 10, 15]]))
  expect(line.explainedVariance[0]).toBeCloseTo(1, DIGITS)
  expect(line.explainedVariance[1]).toBeCloseTo(0, DIGITS)
  expect([...line.y].every((value) => Math.abs(value) < 1e-5)).toBe(true)
  const copies = principalComponents(matrixOf([[1, 2], [1, 2], [1, 2]]))
  expect(copies.explainedVariance).toEqual([0, 0])
  expect([...copies.x, ...copies.y].every((value) => Math.abs(value) < 1e-5)).toBe(true)
})

test('the layout is the same each time, wherever the points lie, and shares of variance are in order', () => {
  const row = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 5, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(row, { minLength: 3, maxLength: 25 }), (list) => {
      const found = principalComponents(matrixOf(list))
      expect(principalComponents(matrixOf(list))).toEqual(found)
      const [first, second] = found.explainedVariance
      expect(first).toBeGreaterThanOrEqual(second - 1e-9)
      expect(first + second).toBeLessThanOrEqual(1 + 1e-9)
      const moved = principalComponents(matrixOf(list.map((values) => values.map((value) => value + 64))))
      expect(moved.explainedVariance[0]).toBeCloseTo(first, DIGITS)
      // The variance along an axis is the share that is told.
      expect(varianceOf(found.x)).toBeCloseTo(first * list[0]!.reduce((sum, _, d) => sum + varianceOf(list.map((values) => values[d]!)), 0), 1)
    }),
  )
})

function varianceOf(values: ArrayLike<number>): number {
  const list = Array.from(values)
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length
  return list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1)
}
