/** @file A sequence to generate, as it is asked for. It has no state. */
import type { DonorLatents } from '../../../shared/domain/donor.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { Matrix } from '../../../shared/domain/weave.ts'
import type { ResolvedChange } from '../protocol.ts'

export interface RowRequest {
  /** Names the row's weaves; a trace id where the row is logged. */
  readonly id: string
  readonly promptIds: readonly number[]
  /** With the run's seed and `repeat` this determines every draw, whatever else is in the batch. */
  readonly sampleId: string
  readonly repeat: number
  /** What the intervention `other` injects; no other needs it. */
  readonly donor?: DonorLatents
  /** [clusters, hidden], what the intervention `drop-cluster` speaks of; no other needs it. */
  readonly centroids?: Matrix
  /** @default the run's */
  readonly policy?: MemoryPolicy
  /** What the user changed, in the order it was done. @default nothing */
  readonly changes?: readonly ResolvedChange[]
}
