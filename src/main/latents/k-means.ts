/** @file Points in k groups around their means (k-means with k-means++ seeding). It does not know what the points are. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'
import type { Matrix } from '../../shared/domain/weave.ts'
import { squaredDistance } from '../statistics/index.ts'

/** Of which the one with the smallest inertia is kept. */
const STARTS = 4
/** As scikit-learn has it (KMeans, max_iter); iterations mostly end long before. */
const MAX_ITERATIONS = 300

export interface KMeansOptions {
  /** 32 bits; the same points and seed give the same clusters. */
  seed: number
  onProgress?: (fraction: number) => void
}

export interface KMeans {
  /** [points], from 0 */
  readonly cluster: Int32Array<ArrayBuffer>
  /** [clusters, dimensions] float32, the means of the clusters */
  readonly centroids: Matrix
  /** Sum of squared distances to the centroids. */
  readonly inertia: number
}

/**
 * Lloyd's iterations until no point changes its cluster. Sources: Lloyd, IEEE Transactions on Information Theory 28 (1982), 129-137;
 * k-means++: Arthur and Vassilvitskii, SODA 2007, 1027-1035.
 *
 * @param points [points, dimensions] float32, at least `clusterCount` of them
 */
export function kMeans(points: Matrix, clusterCount: number, { seed, onProgress }: KMeansOptions): KMeans {
  if (points.rows < clusterCount) throw new RangeError(`kMeans: expected at least ${clusterCount} points, found ${points.rows}`)
  const generator = xoroshiro128plus(seed)
  let best: KMeans | null = null
  for (let start = 0; start < STARTS; start++) {
    const found = iterate(points, chooseCentroids(points, clusterCount, generator))
    if (best === null || found.inertia < best.inertia) best = found
    onProgress?.((start + 1) / STARTS)
  }
  if (best === null) throw new Error('internal: k-means without a start')
  return best
}

/** Each further centroid is a point, drawn in proportion to its squared distance to those there are. */
function chooseCentroids({ rows, columns, data }: Matrix, clusterCount: number, generator: RandomGenerator): Float64Array {
  const centroids = new Float64Array(clusterCount * columns)
  const distances = new Float64Array(rows).fill(Infinity)
  let chosen = uniformInt(generator, 0, rows - 1)
  for (let k = 0; k < clusterCount; k++) {
    centroids.set(data.subarray(chosen * columns, (chosen + 1) * columns), k * columns)
    let total = 0
    for (let row = 0; row < rows; row++) {
      distances[row] = Math.min(distances[row]!, squaredDistance(data, row * columns, centroids, k * columns, columns))
      total += distances[row]!
    }
    let remaining = uniformFloat64(generator) * total
    chosen = 0
    while (chosen < rows - 1 && remaining >= distances[chosen]!) remaining -= distances[chosen++]!
  }
  return centroids
}

function iterate(points: Matrix, centroids: Float64Array): KMeans {
  const { rows, columns } = points
  const cluster = new Int32Array(rows).fill(-1)
  const distances = new Float64Array(rows)
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    if (!assign(points, centroids, cluster, distances)) break
    moveCentroids(points, centroids, cluster, distances)
  }
  // Of the centroids as they are returned, in single precision.
  const data = Float32Array.from(centroids)
  assign(points, data, cluster, distances)
  return { cluster, centroids: { rows: centroids.length / columns, columns, data }, inertia: distances.reduce((sum, distance) => sum + distance, 0) }
}

/** Puts every point to its nearest centroid, with its squared distance. @returns whether one changed its cluster */
function assign({ rows, columns, data }: Matrix, centroids: Float64Array | Float32Array, cluster: Int32Array, distances: Float64Array): boolean {
  const clusterCount = centroids.length / columns
  let hasChanged = false
  for (let row = 0; row < rows; row++) {
    let nearest = 0
    let smallest = Infinity
    for (let k = 0; k < clusterCount; k++) {
      const distance = squaredDistance(data, row * columns, centroids, k * columns, columns)
      if (distance < smallest) [nearest, smallest] = [k, distance]
    }
    distances[row] = smallest
    if (cluster[row] !== nearest) hasChanged = true
    cluster[row] = nearest
  }
  return hasChanged
}

/** To the means of their points. A centroid that lost all of them goes to the point that is farthest from its own. */
function moveCentroids({ rows, columns, data }: Matrix, centroids: Float64Array, cluster: Int32Array, distances: Float64Array): void {
  const sizes = new Int32Array(centroids.length / columns)
  centroids.fill(0)
  for (let row = 0; row < rows; row++) {
    const start = cluster[row]! * columns
    sizes[cluster[row]!]!++
    for (let d = 0; d < columns; d++) centroids[start + d]! += data[row * columns + d]!
  }
  for (let k = 0; k < sizes.length; k++) {
    if (sizes[k] === 0) {
      const farthest = distances.indexOf(distances.reduce((largest, distance) => Math.max(largest, distance), 0))
      distances[farthest] = 0
      centroids.set(data.subarray(farthest * columns, (farthest + 1) * columns), k * columns)
    } else for (let d = 0; d < columns; d++) centroids[k * columns + d]! /= sizes[k]!
  }
}
