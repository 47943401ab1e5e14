/** @file How well clusters are separated, by three measures of the literature. Does not know how they were found. */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Matrix } from '../../shared/domain/weave.ts'
import { squaredDistance } from './squared-distance.ts'

export interface SilhouetteOptions {
  /** 32 bits; which points are looked at, where there are more than `sampleSize`. */
  seed: number
  /**
   * Every pair of these points is compared.
   * @default 2000
   */
  sampleSize?: number
}

/**
 * The mean over points of (b - a) / max(a, b): a is the mean distance to the others of its cluster, b to those of the nearest other
 * cluster; 0 for a point alone in its cluster. Over a seeded sample where there are many points. null with fewer than two clusters.
 * Source: Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987), 53-65.
 *
 * @param points [points, dimensions] float32
 * @param cluster [points], from 0
 */
export function silhouette(points: Matrix, cluster: Int32Array, { seed, sampleSize = 2000 }: SilhouetteOptions): { mean: number | null; sampleCount: number } {
  const sample = points.rows <= sampleSize ? Int32Array.from({ length: points.rows }, (_, i) => i) : drawRows(points.rows, sampleSize, seed)
  const clusterCount = cluster.reduce((largest, each) => Math.max(largest, each + 1), 0)
  const sizes = new Int32Array(clusterCount)
  for (const row of sample) sizes[cluster[row]!]!++
  if (sizes.filter((size) => size > 0).length < 2) return { mean: null, sampleCount: sample.length }
  // Sum of distances of each sampled point to each cluster's, [sample, clusters].
  const sums = new Float64Array(sample.length * clusterCount)
  for (let i = 0; i < sample.length; i++) {
    for (let j = i + 1; j < sample.length; j++) {
      const distance = Math.sqrt(squaredDistance(points.data, sample[i]! * points.columns, points.data, sample[j]! * points.columns, points.columns))
      sums[i * clusterCount + cluster[sample[j]!]!]! += distance
      sums[j * clusterCount + cluster[sample[i]!]!]! += distance
    }
  }
  let total = 0
  for (let i = 0; i < sample.length; i++) {
    const own = cluster[sample[i]!]!
    if (sizes[own]! === 1) continue
    const within = sums[i * clusterCount + own]! / (sizes[own]! - 1)
    let nearest = Infinity
    for (let other = 0; other < clusterCount; other++) {
      if (other !== own && sizes[other]! > 0) nearest = Math.min(nearest, sums[i * clusterCount + other]! / sizes[other]!)
    }
    // Points that all lie in one place are as near to the others as to their own.
    if (Math.max(within, nearest) > 0) total += (nearest - within) / Math.max(within, nearest)
  }
  return { mean: total / sample.length, sampleCount: sample.length }
}

/**
 * Variance between clusters over variance within, each per degree of freedom; the larger, the better. null with fewer than two
 * clusters, as many clusters as points, or nothing but copies within them.
 * Source: Caliński and Harabasz, Communications in Statistics 3 (1974), 1-27.
 *
 * @param points [points, dimensions] float32
 * @param cluster [points], from 0
 * @param centroids [clusters, dimensions] float32, the means of the clusters
 */
export function calinskiHarabasz(points: Matrix, cluster: Int32Array, centroids: Matrix): number | null {
  const { columns } = points
  const sizes = sizesOf(cluster, centroids.rows)
  const clusterCount = sizes.filter((size) => size > 0).length
  const centre = new Float64Array(columns)
  for (let k = 0; k < centroids.rows; k++) {
    for (let d = 0; d < columns; d++) centre[d]! += (sizes[k]! / points.rows) * centroids.data[k * columns + d]!
  }
  let between = 0
  for (let k = 0; k < centroids.rows; k++) between += sizes[k]! * squaredDistance(centroids.data, k * columns, centre, 0, columns)
  const within = spreads(points, cluster, centroids, (distance) => distance ** 2).reduce((sum, spread) => sum + spread, 0)
  if (clusterCount < 2 || clusterCount === points.rows || within === 0) return null
  return between / (clusterCount - 1) / (within / (points.rows - clusterCount))
}

/**
 * The mean over clusters of how alike each is to the one most like it: the sum of both clusters' mean distances to their centroids
 * over the distance of these; the smaller, the better. null with fewer than two clusters, or two in one place.
 * Source: Davies and Bouldin, IEEE Transactions on Pattern Analysis and Machine Intelligence 1 (1979), 224-227.
 *
 * @param points [points, dimensions] float32
 * @param cluster [points], from 0
 * @param centroids [clusters, dimensions] float32, the means of the clusters
 */
export function daviesBouldin(points: Matrix, cluster: Int32Array, centroids: Matrix): number | null {
  const { columns } = points
  const sizes = sizesOf(cluster, centroids.rows)
  const means = spreads(points, cluster, centroids, (distance) => distance).map((sum, k) => sum / sizes[k]!)
  const filled = [...sizes.keys()].filter((k) => sizes[k]! > 0)
  if (filled.length < 2) return null
  const likeness = filled.map((k) => {
    const others = filled.filter((other) => other !== k)
    return Math.max(...others.map((other) => (means[k]! + means[other]!) / Math.sqrt(squaredDistance(centroids.data, k * columns, centroids.data, other * columns, columns))))
  })
  const mean = likeness.reduce((sum, each) => sum + each, 0) / likeness.length
  return Number.isFinite(mean) ? mean : null
}

/** For each cluster the sum over its points of what `measure` makes of the distance to the centroid. */
function spreads({ rows, columns, data }: Matrix, cluster: Int32Array, centroids: Matrix, measure: (distance: number) => number): Float64Array {
  const sums = new Float64Array(centroids.rows)
  for (let row = 0; row < rows; row++) {
    sums[cluster[row]!]! += measure(Math.sqrt(squaredDistance(data, row * columns, centroids.data, cluster[row]! * columns, columns)))
  }
  return sums
}

function sizesOf(cluster: Int32Array, clusterCount: number): Int32Array {
  const sizes = new Int32Array(clusterCount)
  for (const each of cluster) sizes[each]!++
  return sizes
}

/** Different rows in a random order: the beginning of a shuffle. */
function drawRows(rows: number, count: number, seed: number): Int32Array {
  const generator = xoroshiro128plus(seed)
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = uniformInt(generator, i, rows - 1)
    const drawn = order[j]!
    order[j] = order[i]!
    order[i] = drawn
  }
  return order.subarray(0, count)
}
