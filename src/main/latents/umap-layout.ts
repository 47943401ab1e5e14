/** @file Points laid out so that neighbours stay neighbours (UMAP). It does not know what the points are. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import umapPackage from 'umap-js'
import type { Matrix } from '../../shared/domain/weave.ts'
import { squaredDistance } from '../statistics/index.ts'

export interface UmapOptions {
  /** 32 bits; the same points and seed give the same layout. */
  seed: number
  /** Points that count as near, the point itself included; fewer where there are not as many points. */
  neighbors: number
  minDist: number
  onProgress?: (fraction: number) => void
}

/** What finding neighbours takes of the whole time, as measured at 10,000 points and more. */
const NEIGHBOUR_SHARE = 0.4

/**
 * Source: McInnes, Healy and Melville, arXiv:1802.03426.
 * @param points [points, dimensions] float32
 */
export function umapLayout({ rows, columns, data }: Matrix, { seed, neighbors, minDist, onProgress }: UmapOptions): { x: Float32Array<ArrayBuffer>; y: Float32Array<ArrayBuffer> } {
  const generator = xoroshiro128plus(seed)
  const umap = new umapPackage.UMAP({
    nComponents: 2,
    nNeighbors: Math.min(neighbors, rows - 1),
    minDist,
    random: () => uniformFloat64(generator),
    distanceFn: (left, right) => Math.sqrt(squaredDistance(left, 0, right, 0, columns)),
  })
  // The package says number[] but only indexes and measures them: views take no copy.
  const vectors = Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns)) as unknown as number[][]
  const epochs = umap.initializeFit(vectors)
  onProgress?.(NEIGHBOUR_SHARE)
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step()
    onProgress?.(NEIGHBOUR_SHARE + ((1 - NEIGHBOUR_SHARE) * (epoch + 1)) / epochs)
  }
  const embedding = umap.getEmbedding()
  return { x: Float32Array.from(embedding, ([x = 0]) => x), y: Float32Array.from(embedding, ([, y = 0]) => y) }
}
