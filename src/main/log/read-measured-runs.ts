/** @file The query for what runs of a model took. Does not know SQLite, nor what it is asked for. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { MeasuredRun } from './evaluation-log.ts'
import type { PlanReader } from './read-evaluations.ts'
import { fromProvenance } from './rows/evaluation-run-row.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** It is asked at every pause in typing, and each run has a provenance to read. */
const MOST_RUNS = 200

const measuredRowSchema = z.object({ total: z.int(), done: z.int(), tokens: z.int(), elapsed_ms: z.number() })

/** Newest first: those at rest, outside the trash, that computed anything. */
export async function selectMeasuredRuns(db: Kysely<LogTables>, path: string, readPlan: PlanReader, modelId: ModelId): Promise<MeasuredRun[]> {
  const rows = await db
    .selectFrom('evaluation_run')
    .innerJoin('evaluation_provenance', 'evaluation_provenance.run_id', 'evaluation_run.id')
    .select(['id', 'run_id', 'plan', 'provenance', 'total', 'done', 'tokens', 'elapsed_ms'])
    .where('model_id', '=', toStoredText(modelId))
    .where('trashed_at', 'is', null)
    // The time of one that computes is written now and then, its results at once.
    .where('status', 'not in', ['queued', 'running'])
    .where('tokens', '>', 0)
    .where('elapsed_ms', '>', 0)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_RUNS)
    .execute()
  return rows.map((row) => {
    const { elapsed_ms: elapsedMs, ...counts } = readRow({ path, table: 'evaluation_run', id: row.id }, measuredRowSchema, row)
    return { ...counts, elapsedMs, plan: readPlan(row), provenance: fromProvenance(path, row) }
  })
}
