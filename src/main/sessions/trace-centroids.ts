/** @file The centroids that a trace's cluster ablation speaks of. It does not know how they were found, nor what is left out for them. */
import type { AppliedChange, LatentEdit } from '../../shared/domain/branch.ts'
import type { ClusterSetId } from '../../shared/domain/experiment-ids.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import { ClusterSetError } from './errors.ts'

/** [clusters, hidden]; null where nobody knows the set. */
export type FindCentroids = (clusterSetId: ClusterSetId) => Promise<Matrix | null>

/**
 * What the engine needs besides a config and its changes: nothing without an ablation. Raises ClusterSetError where the set is unknown,
 * or where changes speak of several.
 */
export async function centroidsFor(findCentroids: FindCentroids, config: RunConfig, changes: readonly AppliedChange[] = []): Promise<{ centroids?: Matrix }> {
  const [setId, ...others] = new Set([config.intervention, ...changes.map(editOf)].flatMap((edit) => (edit?.kind === 'drop-cluster' ? [edit.clusterSetId] : [])))
  if (setId === undefined) return {}
  if (others.length > 0) throw new ClusterSetError(`A generation can leave out clusters of one set, and this one names ${others.length + 1}: ${[setId, ...others].join(', ')}.`)
  const centroids = await findCentroids(setId)
  if (centroids === null) throw new ClusterSetError(`The cluster set ${setId} is not in the log, so nobody knows which blocks its ablation leaves out.`)
  return { centroids }
}

function editOf({ change }: AppliedChange): LatentEdit | null {
  if (change.kind === 'latents') return change.edit
  return change.kind === 'config' ? change.config.intervention : null
}
