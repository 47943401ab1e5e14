/** @file The training part of the log over one database. Does not know SQLite, nor what a step means. */
import type { Kysely } from 'kysely'
import type { TrainingRunId } from '../../shared/domain/training-run.ts'
import { withLogErrors } from './errors.ts'
import { selectTrainingRecord, selectTrainingRun, selectTrainingRuns } from './read-training.ts'
import type { LogTables } from './schema.ts'
import type { RecordedTrainingRun, TrainingLog } from './training-log.ts'
import { annotateTrainingRun, insertAttempt, insertEvent, insertTrainingRun, updateEnded, updateQueued } from './write-training.ts'

/** @param now Unix milliseconds, UTC */
export function buildTrainingLog(path: string, db: Kysely<LogTables>, now: () => number): TrainingLog {
  const runAfterWrite = async (runId: TrainingRunId): Promise<RecordedTrainingRun> => {
    const recorded = await selectTrainingRun(db, path, runId)
    if (recorded === undefined) throw new Error(`internal: training run ${runId} was written but cannot be found`)
    return recorded
  }
  return {
    createRun: (run, processId) =>
      withLogErrors(path, async () => {
        await insertTrainingRun(db, run, processId, now())
        return runAfterWrite(run.id)
      }),
    queueRun: (runId, attempt, processId) =>
      withLogErrors(path, async () => {
        await updateQueued(db, { runId, attempt, at: now() }, processId)
        return runAfterWrite(runId)
      }),
    startAttempt: (runId, attempt) =>
      withLogErrors(path, async () => {
        await insertAttempt(db, { runId, attempt, at: now() })
        return runAfterWrite(runId)
      }),
    commitEvent: (runId, attempt, event) => withLogErrors(path, () => insertEvent(db, { runId, attempt, at: now() }, event)),
    endRun: (runId, attempt, status, message) => withLogErrors(path, () => updateEnded(db, { runId, attempt, at: now() }, status, message)),
    annotate: (runId, annotation) =>
      withLogErrors(path, async () => {
        await annotateTrainingRun(db, runId, annotation, now())
        return runAfterWrite(runId)
      }),
    listRuns: () => withLogErrors(path, () => selectTrainingRuns(db, path)),
    getRun: (runId) => withLogErrors(path, () => selectTrainingRun(db, path, runId)),
    getRecord: (runId) => withLogErrors(path, () => selectTrainingRecord(db, path, runId)),
  }
}
