/** @file Carries out one job on latents, start to end, in whatever thread it is called. It does not know who waits. */
import type { Matrix } from '../../shared/domain/weave.ts'
import { adjustedRandIndex, calinskiHarabasz, daviesBouldin, silhouette, squaredDistance } from '../statistics/index.ts'
import { kMeans } from './k-means.ts'
import type { ClusterResult, LatentJob, LatentResult } from './latent-job.ts'
import { principalComponents } from './principal-components.ts'
import { umapLayout } from './umap/umap-layout.ts'

/** Blocks until it is done. */
export function runJob(job: LatentJob, onProgress: (fraction: number) => void): LatentResult {
  switch (job.kind) {
    case 'pca':
      return { kind: 'layout', ...principalComponents(job.points, { onProgress }) }
    case 'umap':
      return { kind: 'layout', ...umapLayout(job.points, { ...job, onProgress }), explainedVariance: null }
    case 'cluster':
      return clusterPoints(job, onProgress)
    default:
      return job satisfies never
  }
}

function clusterPoints({ points, clusterCount, seed, stabilitySeeds }: Extract<LatentJob, { kind: 'cluster' }>, onProgress: (fraction: number) => void): ClusterResult {
  // The measures at the end take about as long as one more seed.
  const parts = stabilitySeeds + 2
  const found = kMeans(points, clusterCount, { seed, onProgress: (fraction) => onProgress(fraction / parts) })
  const stability = Array.from({ length: stabilitySeeds }, (_, i) => {
    const other = kMeans(points, clusterCount, { seed: seed + i + 1, onProgress: (fraction) => onProgress((i + 1 + fraction) / parts) })
    return adjustedRandIndex(found.cluster, other.cluster)
  })
  return {
    kind: 'clusters',
    ...found,
    silhouette: silhouette(points, found.cluster, { seed }),
    calinskiHarabasz: calinskiHarabasz(points, found.cluster, found.centroids),
    daviesBouldin: daviesBouldin(points, found.cluster, found.centroids),
    stability,
    centroidDistances: distancesBetween(found.centroids),
  }
}

function distancesBetween({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: rows }, (_, j) => Math.sqrt(squaredDistance(data, i * columns, data, j * columns, columns))))
}
