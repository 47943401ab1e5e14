/** @file By what the results of a run were judged last, where they were judged again. Does not know SQLite. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { scoringSchema, type Scoring } from '../../shared/domain/task.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { jsonColumn, toStoredText } from './stored-values.ts'

const scoringRowSchema = z.object({ scoring: jsonColumn(scoringSchema).nullable() })

/** null is the task's own, also where nothing was judged again. */
export async function selectLastScoring(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): Promise<Scoring | null> {
  const row = await db.selectFrom('evaluation_scoring').select('scoring').where('run_id', '=', toStoredText(runId)).orderBy('number', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? null : readRow({ path, table: 'evaluation_scoring', id: runId }, scoringRowSchema, row).scoring
}
