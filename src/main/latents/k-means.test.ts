/** @file Clusters against scikit-learn, and what holds for any points. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matrix } from '../../shared/domain/weave.ts'
import { kMeans } from './k-means.ts'

function matrixOf(list: readonly number[][]): Matrix {
  return { rows: list.length, columns: list[0]?.length ?? 0, data: Float32Array.from(list.flat()) }
}

test('sixty points fall into the clusters that scikit-learn finds', () => {
  const points = matrixOf(Array.from({ length: 60 }, (_, i) => [Math.sin(i * 1.7) + (i % 3) * 2, Math.cos(i * 2.3) + (i % 3 === 1 ? 3 : 0), Math.sin(i * 0.31) * 0.5]))
  const { inertia, centroids } = kMeans(points, 3, { seed: 42 })
  // scikit-learn 1.9.1: KMeans(3, n_init=20).
  expect(inertia).toBeCloseTo(67.07272223157574, 4)
  const firsts = Array.from({ length: 3 }, (_, k) => centroids.data[3 * k]!).sort((a, b) => a - b)
  for (const [k, first] of [-5.83005490e-2, 1.99307602, 4.06008478].entries()) expect(firsts[k]).toBeCloseTo(first, 5)
})

test('every point belongs to its nearest centroid, and the seed decides', () => {
  const row = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 2 })
  fc.assert(
    fc.property(fc.array(row, { minLength: 4, maxLength: 40 }), fc.integer({ min: 0, max: 1000 }), (list, seed) => {
      const points = matrixOf(list)
      const { cluster, centroids, inertia } = kMeans(points, 4, { seed })
      expect(kMeans(points, 4, { seed })).toEqual({ cluster, centroids, inertia })
      const distances = list.map((at) => Array.from({ length: 4 }, (_, k) => at.reduce((sum, value, d) => sum + (value - centroids.data[2 * k + d]!) ** 2, 0)))
      for (const [i, ofPoint] of distances.entries()) expect(ofPoint[cluster[i]!]).toBeCloseTo(Math.min(...ofPoint), 9)
      expect(inertia).toBeCloseTo(distances.reduce((sum, ofPoint) => sum + Math.min(...ofPoint), 0), 6)
    }),
  )
})

test('fewer points than clusters are refused', () => {
  expect(() => kMeans(matrixOf([[0], [1]]), 3, { seed: 1 })).toThrow('expected at least 3 points, found 2')
})
