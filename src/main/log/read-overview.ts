/** @file The query that reads a whole trace by columns. Does not know SQLite, and never touches what only a single step shows. */
import type { CompiledQuery, Kysely } from 'kysely'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { TraceOverview } from '../../shared/domain/trace-columns.ts'
import { selectHeader, selectPromptTokens } from './read-traces.ts'
import { overviewColumns, toStepColumns } from './rows/step-columns.ts'
import { fromWeaveOverviewRow, weaveOverviewColumns } from './rows/weave-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** Runs a query on the connection of the transaction under way. Rows are arrays in the order of the query's columns. */
export type ReadArrays = (query: CompiledQuery) => unknown[][]

export async function selectOverview(db: Kysely<LogTables>, readArrays: ReadArrays, path: string, traceId: TraceId): Promise<TraceOverview | undefined> {
  // One transaction reads one state, also while another app adds steps.
  return db.transaction().execute(async (tx) => {
    const header = await selectHeader(tx, path, traceId)
    if (header === undefined) return undefined
    const id = toStoredText(traceId)
    const promptTokens = await selectPromptTokens(tx, path, traceId)
    const stepRows = readArrays(tx.selectFrom('step').select(overviewColumns).where('trace_id', '=', id).orderBy('step_index').compile())
    const weaveRows = await tx.selectFrom('weave').select(weaveOverviewColumns).where('trace_id', '=', id).orderBy('step_index').execute()
    return { header, promptTokens, steps: toStepColumns(path, id, stepRows), weaves: weaveRows.map((row) => fromWeaveOverviewRow(path, row)) }
  })
}
