/** @file What the log can do for training runs. Does not know how it is stored, nor who trains. */
import type { TrainingConfig } from '../../shared/domain/training.ts'
import type { TrainingEvent } from '../../shared/domain/training-event.ts'
import type { TrainingRecord, TrainingRun, TrainingRunId } from '../../shared/domain/training-run.ts'

export interface NewTrainingRun {
  id: TrainingRunId
  name: string
  config: TrainingConfig
}

/** What people change of a run, whatever its state; what is left out stays as it is. */
export interface TrainingAnnotation {
  readonly name?: string | undefined
  readonly isTrashed?: boolean | undefined
}

/** A run as recorded: what is `running` or `queued` here may have lost its process since. */
export interface RecordedTrainingRun {
  run: TrainingRun
  /** How often it was started; 0 before the first start. */
  attempt: number
  /** The process that has it in hand, null where none does. */
  processId: number | null
}

/**
 * Every method throws {@link LogUnavailableError}; what returned is on disk. Where several processes share a log, a run is in
 * the hand of one: writes name the attempt they belong to, and what is not the latest is refused.
 */
export interface TrainingLog {
  /** Records a queued run. @throws {TrainingConflictError} it exists, or its output folder is another run's */
  createRun(run: NewTrainingRun, processId: number): Promise<RecordedTrainingRun>
  /** Takes a run that nobody has in hand, out of the trash too, to go on with it later. @throws {TrainingConflictError} another process was faster, or there is no such run */
  queueRun(runId: TrainingRunId, attempt: number, processId: number): Promise<RecordedTrainingRun>
  /** The attempt after `attempt` begins. @throws {TrainingConflictError} */
  startAttempt(runId: TrainingRunId, attempt: number): Promise<RecordedTrainingRun>
  /** Records an event and the status that follows from it; 'progress' leaves no record. @throws {TrainingConflictError} */
  commitEvent(runId: TrainingRunId, attempt: number, event: TrainingEvent): Promise<void>
  /** Lets a run go that cannot end by an event of its own. @throws {TrainingConflictError} */
  endRun(runId: TrainingRunId, attempt: number, status: 'interrupted' | 'failed' | 'stopped', message: string | null): Promise<void>
  /** Belongs to no attempt. @throws {TrainingConflictError} there is no such run */
  annotate(runId: TrainingRunId, annotation: TrainingAnnotation): Promise<RecordedTrainingRun>
  /** Newest first, those in the trash as well. */
  listRuns(): Promise<RecordedTrainingRun[]>
  getRun(runId: TrainingRunId): Promise<RecordedTrainingRun | undefined>
  /** All that was recorded; what a later attempt did anew counts once. */
  getRecord(runId: TrainingRunId): Promise<{ recorded: RecordedTrainingRun; record: Omit<TrainingRecord, 'run'> } | undefined>
}
