/** @file What a generation needs besides its prompt and config: whose draws it makes, and what its interventions look at. It generates nothing. */
import type { AppliedChange } from '../../shared/domain/branch.ts'
import type { DonorLatents } from '../../shared/domain/donor.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { ResultOrigin } from '../../shared/domain/trace.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import { donorFor } from './donated-latents.ts'
import type { SessionLog } from './session-log.ts'
import { centroidsFor, type FindCentroids } from './trace-centroids.ts'
import { drawsOf } from './trace-draws.ts'

export interface SourceParts {
  readonly log: Pick<SessionLog, 'donatedLatentsOf'>
  readonly findCentroids: FindCentroids
}

/** As the engine takes them. */
export interface GenerationSources {
  readonly sampleId: string
  readonly repeat: number
  /** [clusters, hidden] */
  readonly centroids?: Matrix
  readonly donor?: DonorLatents
}

/** Raises ClusterSetError and what the log raises. */
export async function sourcesFor(
  { log, findCentroids }: SourceParts,
  { config, changes, origin }: { config: RunConfig; changes?: readonly AppliedChange[]; origin: ResultOrigin | null },
): Promise<GenerationSources> {
  return { ...drawsOf(origin), ...(await centroidsFor(findCentroids, config, changes)), ...(await donorFor(log, { config, origin })) }
}
