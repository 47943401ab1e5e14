/**
 * @file The paper's cluster ablation (Appendix H): whether a block of latents belongs to a cluster, by the neighbours of its mean. It does
 * not know how clusters were found, nor what becomes of the block.
 */
import type { Matrix } from '../../../shared/domain/weave.ts'
import type { ClusterAblation } from './interventions.ts'
import { euclideanNorms, type Vocabulary } from './vocabulary.ts'

/**
 * Whether the cluster's centroid is among the `topK` rows with the largest cosine to the mean of the block, of the vocabulary's
 * embeddings and all centroids; among equals it comes first. A mean or a centroid of zeros has no direction and no neighbours.
 * @param mean `[hidden] float32`
 * @param centroids `[clusters, hidden] float32`
 */
export async function isNearCluster(vocabulary: Pick<Vocabulary, 'nearest'>, mean: Float32Array, centroids: Matrix, { cluster, topK }: Pick<ClusterAblation, 'cluster' | 'topK'>): Promise<boolean> {
  const toCentroids = cosinesTo(mean, centroids)
  const wanted = toCentroids[cluster] ?? NaN
  if (Number.isNaN(wanted)) return false
  const nearerCentroids = toCentroids.filter((cosine) => cosine > wanted).length
  if (nearerCentroids >= topK) return false
  const [nearest = []] = await vocabulary.nearest(mean, topK)
  return nearerCentroids + nearest.filter(({ cosine }) => cosine > wanted).length < topK
}

/** NaN where either has no direction. */
function cosinesTo(mean: Float32Array, { data, columns }: Matrix): number[] {
  const [length = 0] = euclideanNorms(mean, columns)
  return euclideanNorms(data, columns).map((norm, row) => {
    let product = 0
    for (let column = 0; column < columns; column++) product += (mean[column] ?? 0) * (data[row * columns + column] ?? 0)
    return product / (norm * length)
  })
}
