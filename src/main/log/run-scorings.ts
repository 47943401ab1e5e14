/** @file By what the results of a run were judged, and what they were judged before, where they were judged again. Does not know SQLite. */
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import type { Judging, RecordedScoring, ResultKey } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { scoringSchema, type Scoring } from '../../shared/domain/task.ts'
import type { ResultPlace } from './evaluation-tables.ts'
import { resultOf } from './read-results.ts'
import { readRow } from './rows/read-row.ts'
import { fromFormerJudgementRow } from './rows/result-row.ts'
import type { LogTables } from './schema.ts'
import { jsonColumn, toStoredJson, toStoredText } from './stored-values.ts'

const scoringRowSchema = z.object({ scoring: jsonColumn(scoringSchema).nullable(), created_at: z.int() })

/** null is the task's own, also where nothing was judged again. */
export async function selectLastScoring(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): Promise<Scoring | null> {
  return (await selectScorings(db, path, runId)).at(-1)?.scoring ?? null
}

/** In the order of their numbers. */
export async function selectScorings(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): Promise<RecordedScoring[]> {
  const rows = await db.selectFrom('evaluation_scoring').selectAll().where('run_id', '=', toStoredText(runId)).orderBy('number').execute()
  return rows.map((row) => {
    const { scoring, created_at: createdAt } = readRow({ path, table: 'evaluation_scoring', id: `${row.run_id}/${row.number}` }, scoringRowSchema, row)
    return { scoring, createdAt }
  })
}

/** A run that has scorings keeps those. */
export async function insertScorings(tx: Transaction<LogTables>, runId: EvaluationRunId, scorings: readonly RecordedScoring[]): Promise<void> {
  for (const [index, { scoring, createdAt }] of scorings.entries()) {
    await tx
      .insertInto('evaluation_scoring')
      .values({ run_id: toStoredText(runId), number: index + 1, scoring: scoring === null ? null : toStoredJson(scoring), created_at: createdAt })
      .onConflict((conflict) => conflict.columns(['run_id', 'number']).doNothing())
      .execute()
  }
}

/** undefined where there is no such result. */
export async function selectJudging(db: Kysely<LogTables>, path: string, key: ResultKey): Promise<Judging | undefined> {
  const row = await resultOf(db, key).select(['evaluation_result.run_id', 'evaluation_result.position', 'evaluation_result.repeat', 'scoring_number']).executeTakeFirst()
  if (row === undefined) return undefined
  const place: ResultPlace = { run_id: row.run_id, position: row.position, repeat: row.repeat }
  const former = await db.selectFrom('evaluation_former_judgement').selectAll().where((column) => column.and(place)).orderBy('scoring_number').execute()
  return { scoringNumber: row.scoring_number, former: former.map((one) => fromFormerJudgementRow(path, one)) }
}
