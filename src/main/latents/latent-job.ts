/** @file What the latent worker is asked and what it answers; the numbers alone, without where they come from. */
import type { Matrix } from '../../shared/domain/weave.ts'

/** Points are [points, dimensions] float32. */
export type LatentJob =
  | { readonly kind: 'pca'; readonly points: Matrix }
  | { readonly kind: 'umap'; readonly points: Matrix; readonly seed: number; readonly neighbors: number; readonly minDist: number }
  | { readonly kind: 'cluster'; readonly points: Matrix; readonly clusterCount: number; readonly seed: number; readonly stabilitySeeds: number }

export interface LayoutResult {
  readonly kind: 'layout'
  /** [points] each */
  readonly x: Float32Array
  readonly y: Float32Array
  /** Shares of variance; null where the axes mean nothing. */
  readonly explainedVariance: [number, number] | null
}

export interface ClusterResult {
  readonly kind: 'clusters'
  /** [points] */
  readonly cluster: Int32Array
  /** [clusters, dimensions] float32 */
  readonly centroids: Matrix
  readonly inertia: number
  readonly silhouette: { readonly mean: number | null; readonly sampleCount: number }
  readonly calinskiHarabasz: number | null
  readonly daviesBouldin: number | null
  /** Adjusted Rand index against each further seed. */
  readonly stability: number[]
  /** Euclidean, [clusters, clusters] */
  readonly centroidDistances: number[][]
}

export type LatentResult = LayoutResult | ClusterResult
export type LatentMessage = { readonly kind: 'progress'; readonly fraction: number } | LatentResult
