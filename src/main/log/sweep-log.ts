/** @file What the log can do for sweeps. Does not know how it is stored, nor who generates. */
import type { Sweep, SweepId, SweepOutcome } from '../../shared/domain/sweep.ts'

/** What `create` is told; times and the number of outcomes are the log's own. */
export type NewSweep = Omit<Sweep, 'done' | 'createdAt' | 'updatedAt'>
export type SweepChanges = Partial<Pick<Sweep, 'status' | 'error' | 'candidateCount' | 'candidateLabels' | 'total'>>

/** Every method throws {@link LogUnavailableError}; what returned is on disk. A sweep that is not recorded is a bug of the caller's. */
export interface SweepLog {
  create(sweep: NewSweep): Promise<Sweep>
  update(sweepId: SweepId, changes: SweepChanges): Promise<Sweep>
  /** Records what a subset gave; a subset that has an outcome keeps its first. @returns the sweep with its outcomes counted */
  addOutcome(sweepId: SweepId, outcome: SweepOutcome): Promise<Sweep>
  /** Outcomes in the order they came in. */
  get(sweepId: SweepId): Promise<{ sweep: Sweep; outcomes: SweepOutcome[] } | undefined>
  /** Newest first. */
  list(): Promise<Sweep[]>
}
