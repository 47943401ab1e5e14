/**
 * @file Queries that record experiments, runs and what people write on them. Each transaction begins with a write, as in write-traces.ts.
 * Does not know SQLite.
 */
import type { Kysely, Transaction, Updateable } from 'kysely'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { EvaluationRunChanges, NewEvaluationRun, NewExperiment, RunAnnotation } from './evaluation-log.ts'
import type { EvaluationRunTable } from './evaluation-tables.ts'
import { toRunChanges, toRunRow } from './rows/evaluation-run-row.ts'
import { toExperimentRow } from './rows/experiment-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredJson, toStoredText } from './stored-values.ts'

export async function insertExperiment(tx: Transaction<LogTables>, experiment: NewExperiment, runs: readonly NewEvaluationRun[], now: number): Promise<void> {
  await tx.insertInto('experiment').values(toExperimentRow(experiment, now)).execute()
  for (const run of runs) {
    await tx.insertInto('evaluation_run').values(toRunRow(experiment.id, run, now)).execute()
    await insertTags(tx, run.id, run.tags)
  }
}

export async function updateRun(tx: Transaction<LogTables>, runId: EvaluationRunId, changes: EvaluationRunChanges, now: number): Promise<void> {
  const { addedMs = 0, provenance } = changes
  await setRun(tx, runId, toRunChanges(changes), now)
  if (addedMs !== 0) await tx.updateTable('evaluation_run').set((column) => ({ elapsed_ms: column('elapsed_ms', '+', addedMs) })).where('id', '=', toStoredText(runId)).execute()
  if (provenance === undefined) return
  const row = { run_id: toStoredText(runId), provenance: toStoredJson(provenance) }
  await tx.insertInto('evaluation_provenance').values(row).onConflict((conflict) => conflict.column('run_id').doUpdateSet({ provenance: row.provenance })).execute()
}

/** Whether the run was still in the hand of `from`, and not at its end. */
export async function takeRun(tx: Transaction<LogTables>, runId: EvaluationRunId, { from, by }: { from: number | null; by: number }, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('evaluation_run')
    .set({ ...toRunChanges({ status: 'queued', error: null, processId: by }), updated_at: now })
    .where('id', '=', toStoredText(runId))
    .where('status', 'not in', ['finished', 'cancelled'])
    .where('process_id', from === null ? 'is' : '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function annotateRun(tx: Transaction<LogTables>, runId: EvaluationRunId, annotation: RunAnnotation, now: number): Promise<void> {
  const { addTags = [], removeTags = [], note, isStarred, isTrashed } = annotation
  const columns = {
    ...(note !== undefined && { note: toStoredText(note) }),
    ...(isStarred !== undefined && { is_starred: Number(isStarred) }),
    ...(isTrashed !== undefined && { trashed_at: isTrashed ? now : null }),
  }
  await setRun(tx, runId, columns, now)
  const id = toStoredText(runId)
  if (removeTags.length > 0) await tx.deleteFrom('evaluation_tag').where('run_id', '=', id).where('tag', 'in', removeTags.map(toStoredText)).execute()
  await insertTags(tx, runId, addTags)
}

/** The first write of each transaction: it also finds that the run is there. */
export async function setRun(tx: Kysely<LogTables>, runId: EvaluationRunId, columns: Updateable<EvaluationRunTable>, now: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('evaluation_run')
    .set({ ...columns, updated_at: now })
    .where('id', '=', toStoredText(runId))
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new Error(`internal: evaluation run ${runId} is not recorded`)
}

async function insertTags(tx: Transaction<LogTables>, runId: EvaluationRunId, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await tx
      .insertInto('evaluation_tag')
      .values({ run_id: toStoredText(runId), tag: toStoredText(tag) })
      .onConflict((conflict) => conflict.columns(['run_id', 'tag']).doNothing())
      .execute()
  }
}
