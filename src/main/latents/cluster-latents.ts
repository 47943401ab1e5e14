/** @file Latents of whole runs in clusters, with what can be said about each, kept so that a run can ablate one. It computes no layout. */
import { randomUUID } from 'node:crypto'
import { clusterSetIdSchema } from '../../shared/domain/experiment-ids.ts'
import type { Clustering, ClusteringRequest } from '../../shared/domain/latent-lab.ts'
import type { EngineHost } from '../engine-host/index.ts'
import type { EvaluationLog } from '../log/index.ts'
import { LatentsUnavailableError } from './errors.ts'
import { gatherPoints, type GatheredPoints, type PointOrigin } from './gather-points.ts'
import type { ClusterResult } from './latent-job.ts'
import { onlyModelOf, type RequireModel } from './only-model.ts'
import { startJob } from './start-job.ts'

export type ClusteringMessage = { kind: 'progress'; fraction: number } | { kind: 'clustering'; clustering: Clustering }

export interface ClusterParts {
  readonly log: Pick<EvaluationLog, 'getRun' | 'latentsOf' | 'saveClusterSet'>
  readonly engine: Pick<EngineHost, 'call'>
  readonly requireModel: RequireModel
}

/** Vocabulary entries told for each cluster. */
const NEAREST_COUNT = 10

/**
 * The paper's recipe (Appendix G): k-means on the points in their own space, not on their layout.
 * @throws EvaluationNotFoundError
 * @throws LatentsUnavailableError
 */
export async function* clusterLatents(
  { log, engine, requireModel }: ClusterParts,
  { selection, clusterCount, seed, stabilitySeeds }: ClusteringRequest,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ClusteringMessage, void, undefined> {
  const gathered = await gatherPoints(log, selection, options)
  const { points, runs } = gathered
  if (points.rows < clusterCount) throw new LatentsUnavailableError('too-few', `${points.rows} of these latents cannot make ${clusterCount} clusters.`)
  for await (const message of startJob({ kind: 'cluster', points, clusterCount, seed, stabilitySeeds }, options)) {
    if (message.kind === 'progress') yield message
    if (message.kind !== 'clusters') continue
    const modelId = selection.side === 'projected' ? onlyModelOf(runs) : null
    if (modelId !== null) await requireModel(modelId)
    const nearest = modelId === null ? null : await engine.call('nearestEntries', { modelId, vectors: message.centroids, topK: NEAREST_COUNT }, options)
    const clusterSetId = clusterSetIdSchema.parse(randomUUID())
    await log.saveClusterSet({ id: clusterSetId, centroids: message.centroids, origin: JSON.stringify({ selection, clusterCount, seed }) })
    yield { kind: 'clustering', clustering: { clusterSetId, nearest, ...describe(message), ...countMembers(message, gathered) } }
  }
}

function describe({ cluster, inertia, silhouette, calinskiHarabasz, daviesBouldin, stability, centroidDistances }: ClusterResult) {
  return { cluster, inertia, silhouette: silhouette.mean, silhouetteSampleCount: silhouette.sampleCount, calinskiHarabasz, daviesBouldin, stability, centroidDistances }
}

function countMembers({ cluster, centroids }: ClusterResult, { origins }: GatheredPoints): Pick<Clustering, 'byFailureMode' | 'byOutcome' | 'byTask' | 'sizes'> {
  const members = Array.from({ length: centroids.rows }, (): PointOrigin[] => [])
  for (const [i, origin] of origins.entries()) members[cluster[i] ?? 0]?.push(origin)
  return {
    sizes: members.map(({ length }) => length),
    byTask: members.map((points) => Object.entries(countBy(points, ({ run }) => run.plan.task.name)).map(([task, count]) => ({ task, count }))),
    byOutcome: members.map((points) => {
      const { right = 0, wrong = 0, unjudged = 0 } = countBy(points, ({ reward }) => (reward === null ? 'unjudged' : reward >= 1 ? 'right' : 'wrong'))
      return { right, wrong, unjudged }
    }),
    byFailureMode: members.map((points) => countBy(points.filter(({ human }) => human?.failureMode != null), ({ human }) => human?.failureMode ?? '')),
  }
}

function countBy(points: readonly PointOrigin[], nameOf: (point: PointOrigin) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const point of points) counts[nameOf(point)] = (counts[nameOf(point)] ?? 0) + 1
  return counts
}
