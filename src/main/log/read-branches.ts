/** @file Queries that find the traces that belong together, or to a result. Does not know SQLite or what was changed at a fork. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { ResultKey } from '../../shared/domain/evaluation.ts'
import { type RunId, type TraceId, traceIdSchema } from '../../shared/domain/identifiers.ts'
import type { Finish, TraceHeader } from '../../shared/domain/trace.ts'
import { selectHeaders } from './read-traces.ts'
import { readRow } from './rows/read-row.ts'
import { fromHeaderRow } from './rows/trace-row.ts'
import type { LogTables } from './schema.ts'
import { textColumn, toStoredText } from './stored-values.ts'

const traceIdRowSchema = z.object({ id: textColumn.pipe(traceIdSchema) })

/** Not all of the run: a run may hold generations from many prompts. */
export async function selectBranches(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<TraceHeader[] | undefined> {
  const branches = db
    .withRecursive('forebear', (cte) =>
      cte
        .selectFrom('trace')
        .select(['trace.id', 'trace.parent_trace_id'])
        .where('trace.id', '=', toStoredText(traceId))
        .unionAll(cte.selectFrom('trace').innerJoin('forebear', 'forebear.parent_trace_id', 'trace.id').select(['trace.id', 'trace.parent_trace_id'])),
    )
    .withRecursive('branch', (cte) =>
      cte
        .selectFrom('forebear')
        .select('forebear.id')
        .where('forebear.parent_trace_id', 'is', null)
        .unionAll(cte.selectFrom('trace').innerJoin('branch', 'branch.id', 'trace.parent_trace_id').select('trace.id')),
    )
    .selectFrom('branch')
    .select('branch.id')
  const rows = await selectHeaders(db).where('trace.id', 'in', branches).orderBy('trace.created_at').orderBy('trace.id').execute()
  return rows.length === 0 ? undefined : rows.map((row) => fromHeaderRow(path, row))
}

export async function selectTraceIds(db: Kysely<LogTables>, path: string, runId: RunId): Promise<TraceId[]> {
  const rows = await db.selectFrom('trace').select('id').where('run_id', '=', toStoredText(runId)).orderBy('created_at').orderBy('id').execute()
  return rows.map((row) => readRow({ path, table: 'trace', id: row.id }, traceIdRowSchema, row).id)
}

/** Stopped is not among them: such a generation says nothing about how the turn ended. */
const replayedToEnd: readonly Finish[] = ['eos', 'length', 'error']

/** The latest generation that replays a turn to its end; its branches are not replays. */
export async function selectReplay(db: Kysely<LogTables>, path: string, { runId, sampleId, repeat }: ResultKey, turn: number): Promise<TraceId | undefined> {
  const row = await db
    .selectFrom('trace')
    .select('id')
    .where('origin_run_id', '=', toStoredText(runId))
    .where('origin_sample_id', '=', toStoredText(sampleId))
    .where('origin_repeat', '=', repeat)
    .where('origin_turn', '=', turn)
    .where('parent_trace_id', 'is', null)
    .where('finish', 'in', replayedToEnd)
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row === undefined ? undefined : readRow({ path, table: 'trace', id: row.id }, traceIdRowSchema, row).id
}
