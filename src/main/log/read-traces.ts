/** @file Queries that read traces back exactly as they were recorded. Does not know SQLite. */
import { type Expression, type Kysely, sql, type SqlBool } from 'kysely'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { Trace, TraceHeader } from '../../shared/domain/trace.ts'
import type { RecordedStep, TracePage, TraceQuery } from './experiment-log.ts'
import { fromStepRow } from './rows/step-row.ts'
import { fromHeaderRow, fromPromptTokens, STORED_PREVIEW_LENGTH } from './rows/trace-row.ts'
import { fromWeaveRow } from './rows/weave-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** SQLite refuses LIKE patterns over 50,000 bytes; nobody types this many characters. */
export const MAX_SEARCH_LENGTH = 1_000

export async function selectTraces(db: Kysely<LogTables>, path: string, query: TraceQuery): Promise<TracePage> {
  if (query.search.length > MAX_SEARCH_LENGTH) throw new RangeError(`a search may have ${MAX_SEARCH_LENGTH} characters, found ${query.search.length}`)
  return db.transaction().execute(async (tx) => {
    const matching = tx
      .selectFrom('trace')
      .innerJoin('run', 'run.id', 'trace.run_id')
      .innerJoin('prompt', 'prompt.trace_id', 'trace.id')
      .$if(query.modelId !== null, (all) => all.where('run.model_id', '=', toStoredText(query.modelId ?? '')))
      .$if(query.search !== '', (all) =>
        all.where((column) => column.or([contains(column.ref('prompt.text'), query.search), contains(column.ref('trace.generated_text'), query.search)])),
      )
    const { total } = await matching.select((column) => column.fn.countAll<number | string>().as('total')).executeTakeFirstOrThrow()
    const { before } = query
    const rows = await matching
      .$if(before !== null, (all) =>
        all.where((column) =>
          column.or([
            column('trace.created_at', '<', before?.createdAt ?? 0),
            column.and([column('trace.created_at', '=', before?.createdAt ?? 0), column('trace.id', '<', toStoredText(before?.id ?? ''))]),
          ]),
        ),
      )
      .select(headerColumns)
      .select(storedPreview)
      .orderBy('trace.created_at', 'desc')
      .orderBy('trace.id', 'desc')
      .limit(query.limit)
      .execute()
    // PostgreSQL counts in 64 bits and answers with a string.
    return { traces: rows.map((row) => fromHeaderRow(path, row)), total: Number(total) }
  })
}

export async function selectHeader(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<TraceHeader | undefined> {
  const row = await db
    .selectFrom('trace')
    .innerJoin('run', 'run.id', 'trace.run_id')
    .innerJoin('prompt', 'prompt.trace_id', 'trace.id')
    .where('trace.id', '=', toStoredText(traceId))
    .select(headerColumns)
    .select(storedPreview)
    .executeTakeFirst()
  return row === undefined ? undefined : fromHeaderRow(path, row)
}

export async function selectTrace(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<Trace | undefined> {
  // One transaction reads one state, also while another app adds steps.
  return db.transaction().execute(async (tx) => {
    const header = await selectHeader(tx, path, traceId)
    if (header === undefined) return undefined
    const prompt = await tx.selectFrom('prompt').select(['trace_id', 'tokens']).where('trace_id', '=', toStoredText(traceId)).executeTakeFirstOrThrow()
    const recorded = await selectSteps(tx, path, traceId, 0)
    return {
      header,
      promptTokens: fromPromptTokens(path, prompt),
      steps: recorded.map(({ step }) => step),
      weaves: recorded.flatMap(({ weave }) => weave ?? []),
    }
  })
}

export async function selectStepsFrom(db: Kysely<LogTables>, path: string, traceId: TraceId, index: number): Promise<RecordedStep[] | undefined> {
  return db.transaction().execute(async (tx) => {
    const trace = await tx.selectFrom('trace').select('id').where('id', '=', toStoredText(traceId)).executeTakeFirst()
    return trace === undefined ? undefined : selectSteps(tx, path, traceId, index)
  })
}

async function selectSteps(db: Kysely<LogTables>, path: string, traceId: TraceId, index: number): Promise<RecordedStep[]> {
  const id = toStoredText(traceId)
  const stepRows = await db.selectFrom('step').selectAll().where('trace_id', '=', id).where('step_index', '>=', index).orderBy('step_index').execute()
  const weaveRows = await db.selectFrom('weave').selectAll().where('trace_id', '=', id).where('step_index', '>=', index).execute()
  const weaves = new Map(weaveRows.map((row) => [row.step_index, fromWeaveRow(path, row)]))
  return stepRows.map((row) => ({ step: fromStepRow(path, row), weave: weaves.get(row.step_index) ?? null }))
}

const headerColumns = [
  'trace.id',
  'trace.run_id',
  'trace.finish',
  'trace.error',
  'trace.step_count',
  'trace.weave_count',
  'trace.created_at',
  'trace.updated_at',
  'run.model_id',
  'run.model_name',
  'run.config',
  'prompt.kind',
  'prompt.text',
  'prompt.messages',
  'prompt.rendered_prompt',
] as const

const storedPreview = sql<string>`substr(trace.generated_text, 1, ${sql.lit(STORED_PREVIEW_LENGTH)})`.as('stored_preview')

/** Case-insensitive, with the wildcards of LIKE taken literally. */
function contains(text: Expression<string>, search: string): Expression<SqlBool> {
  const pattern = `%${toStoredText(search).toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${text}) like ${pattern} escape '\\'`
}
