/** @file The query that reads a whole trace by columns. Does not know SQLite, and never touches what only a single step shows. */
import type { CompiledQuery, Kysely } from 'kysely'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { StepColumns, TraceOverview } from '../../shared/domain/trace-columns.ts'
import { selectHeader, selectPromptTokens } from './read-traces.ts'
import { overviewColumns, StepColumnsReader } from './rows/step-columns.ts'
import { fromWeaveOverviewRow, weaveOverviewColumns } from './rows/weave-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** Runs a query on the connection of the transaction under way. Rows are arrays in the order of the query's columns. */
export type ReadArrays = (query: CompiledQuery) => unknown[][]

/** Steps read at a time. */
const PART = 4096

export async function selectOverview(db: Kysely<LogTables>, readArrays: ReadArrays, path: string, traceId: TraceId): Promise<TraceOverview | undefined> {
  // One transaction reads one state, also while another app adds steps.
  return db.transaction().execute(async (tx) => {
    const header = await selectHeader(tx, path, traceId)
    if (header === undefined) return undefined
    const id = toStoredText(traceId)
    const promptTokens = await selectPromptTokens(tx, path, traceId)
    const steps = readSteps(tx, readArrays, path, id)
    const weaveRows = await tx.selectFrom('weave').select(weaveOverviewColumns).where('trace_id', '=', id).orderBy('step_index').execute()
    return { header, promptTokens, steps, weaves: weaveRows.map((row) => fromWeaveOverviewRow(path, row)) }
  })
}

function readSteps(tx: Kysely<LogTables>, readArrays: ReadArrays, path: string, id: string): StepColumns {
  const steps = tx.selectFrom('step').where('trace_id', '=', id)
  const [[first, last] = []] = readArrays(steps.select(({ fn }) => [fn.min('step_index').as('first'), fn.max('step_index').as('last')]).compile())
  const length = typeof last === 'number' ? last + 1 : 0
  const reader = new StepColumnsReader(path, id, Math.max(0, length))
  // An index below 0 is read too, and refused.
  for (let from = Math.min(0, Number(first)); from < length; from += PART) {
    reader.add(readArrays(steps.select(overviewColumns).where('step_index', '>=', from).where('step_index', '<', from + PART).orderBy('step_index').compile()))
  }
  return reader.finish()
}
