/** @file Qualities of clusters against scikit-learn, and what may be done to points without changing them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matrix } from '../../shared/domain/weave.ts'
import { calinskiHarabasz, daviesBouldin, silhouette } from './cluster-quality.ts'

/** Decimals that centroids in single precision leave; the values lie between 0 and 200. */
const DIGITS = 5

const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i * 1.7) + (i % 3) * 2, Math.cos(i * 2.3) + (i % 3 === 1 ? 3 : 0), Math.sin(i * 0.31) * 0.5])
const points = matrixOf(rows)
/** The second has one point of the first's in a cluster of its own. */
const groupings = [rows.map((_, i) => i % 3), rows.map((_, i) => (i === 7 ? 3 : i % 3))].map((grouping) => Int32Array.from(grouping))

/** scikit-learn 1.9.1 on the same points in single precision: silhouette_score, calinski_harabasz_score, davies_bouldin_score. */
test.each([
  { name: 'three clusters', grouping: 0, mean: 0.588318712017333, calinski: 123.38553379755571, davies: 0.564929780444996 },
  { name: 'a point alone', grouping: 1, mean: 0.33419604048088747, calinski: 83.06026953242667, davies: 0.6948311158881485 },
])('$name are as good as scikit-learn finds them', ({ grouping, mean, calinski, davies }) => {
  const cluster = groupings[grouping]!
  const found = silhouette(points, cluster, { seed: 1 })
  expect(found.sampleCount).toBe(60)
  expect(found.mean).toBeCloseTo(mean, 9)
  expect(calinskiHarabasz(points, cluster, centroidsOf(points, cluster))).toBeCloseTo(calinski, DIGITS)
  expect(daviesBouldin(points, cluster, centroidsOf(points, cluster))).toBeCloseTo(davies, DIGITS)
})

test('a sample of the points is drawn by the seed and comes near the whole', () => {
  const cluster = groupings[0]!
  const sampled = silhouette(points, cluster, { seed: 4, sampleSize: 40 })
  expect(sampled).toEqual(silhouette(points, cluster, { seed: 4, sampleSize: 40 }))
  expect(sampled.sampleCount).toBe(40)
  expect(sampled.mean).not.toBe(silhouette(points, cluster, { seed: 5, sampleSize: 40 }).mean)
  expect(Math.abs(sampled.mean! - 0.588)).toBeLessThan(0.1)
})

test('one cluster has no quality, and copies have no spread', () => {
  const one = new Int32Array(60)
  expect(silhouette(points, one, { seed: 1 }).mean).toBeNull()
  expect(calinskiHarabasz(points, one, centroidsOf(points, one))).toBeNull()
  expect(daviesBouldin(points, one, centroidsOf(points, one))).toBeNull()
  const copies = matrixOf([[1, 1], [1, 1], [1, 1]])
  const apart = Int32Array.of(0, 0, 1)
  expect(silhouette(copies, apart, { seed: 1 }).mean).toBe(0)
  expect(calinskiHarabasz(copies, apart, centroidsOf(copies, apart))).toBeNull()
  expect(daviesBouldin(copies, apart, centroidsOf(copies, apart))).toBeNull()
})

test('names of clusters, the size of the unit and the order of points change nothing', () => {
  const point = fc.record({ at: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 2 }), cluster: fc.integer({ min: 0, max: 2 }) })
  fc.assert(
    fc.property(fc.array(point, { minLength: 5, maxLength: 30 }), (drawn) => {
      const qualities = (list: typeof drawn, scale: number, rename: (cluster: number) => number) => {
        const matrix = matrixOf(list.map(({ at }) => at.map((value) => value * scale)))
        const cluster = Int32Array.from(list, (each) => rename(each.cluster))
        const centroids = centroidsOf(matrix, cluster)
        return [silhouette(matrix, cluster, { seed: 1 }).mean, calinskiHarabasz(matrix, cluster, centroids), daviesBouldin(matrix, cluster, centroids)]
      }
      const expected = qualities(drawn, 1, (cluster) => cluster)
      for (const [i, quality] of qualities(drawn.toReversed(), 4, (cluster) => 2 - cluster).entries()) {
        if (expected[i] === null) expect(quality).toBeNull()
        else expect(Math.abs(quality! - expected[i]!)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(expected[i]!)))
      }
    }),
  )
})

function matrixOf(list: readonly number[][]): Matrix {
  return { rows: list.length, columns: list[0]?.length ?? 0, data: Float32Array.from(list.flat()) }
}

/** The means of the clusters; of an empty one the origin. */
function centroidsOf({ rows: count, columns, data }: Matrix, cluster: Int32Array): Matrix {
  const clusterCount = Math.max(...cluster) + 1
  const centroids = Array.from({ length: clusterCount }, (_, k) => {
    const members = Array.from({ length: count }, (_, row) => row).filter((row) => cluster[row] === k)
    return Array.from({ length: columns }, (_, d) => members.reduce((sum, row) => sum + data[row * columns + d]!, 0) / Math.max(1, members.length))
  })
  return matrixOf(centroids)
}
