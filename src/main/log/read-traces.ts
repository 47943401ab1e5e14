/** @file Queries that read traces back exactly as they were recorded. Does not know SQLite. */
import { type JoinBuilder, type Kysely, sql } from 'kysely'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { PromptToken, Trace, TraceHeader } from '../../shared/domain/trace.ts'
import { contains } from './contains-text.ts'
import type { RecordedStep, TracePage, TraceQuery } from './experiment-log.ts'
import { fromStepRow } from './rows/step-row.ts'
import { fromHeaderRow, fromPromptTokens, STORED_ENDING_LENGTH, STORED_PREVIEW_LENGTH } from './rows/trace-row.ts'
import { fromWeaveRow } from './rows/weave-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

export async function selectTraces(db: Kysely<LogTables>, path: string, query: TraceQuery): Promise<TracePage> {
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
      .leftJoin('certificate', isLatestCertificate)
      .select(headerColumns)
      .select([storedPreview, storedEnding])
      .orderBy('trace.created_at', 'desc')
      .orderBy('trace.id', 'desc')
      .limit(query.limit)
      .execute()
    // PostgreSQL counts in 64 bits and answers with a string.
    return { traces: rows.map((row) => fromHeaderRow(path, row)), total: Number(total) }
  })
}

export async function selectHeader(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<TraceHeader | undefined> {
  const row = await selectHeaders(db).where('trace.id', '=', toStoredText(traceId)).executeTakeFirst()
  return row === undefined ? undefined : fromHeaderRow(path, row)
}

/** A row of each trace: {@link fromHeaderRow} makes it a header. */
export function selectHeaders(db: Kysely<LogTables>) {
  return db
    .selectFrom('trace')
    .innerJoin('run', 'run.id', 'trace.run_id')
    .innerJoin('prompt', 'prompt.trace_id', 'trace.id')
    .leftJoin('certificate', isLatestCertificate)
    .select(headerColumns)
    .select([storedPreview, storedEnding])
}

export async function selectTrace(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<Trace | undefined> {
  // One transaction reads one state, also while another app adds steps.
  return db.transaction().execute(async (tx) => {
    const header = await selectHeader(tx, path, traceId)
    if (header === undefined) return undefined
    const recorded = await selectSteps(tx, path, traceId, { from: 0 })
    return { header, promptTokens: await selectPromptTokens(tx, path, traceId), ...apart(recorded) }
  })
}

export async function selectPromptTokens(db: Kysely<LogTables>, path: string, traceId: TraceId): Promise<PromptToken[]> {
  const prompt = await db.selectFrom('prompt').select(['trace_id', 'tokens']).where('trace_id', '=', toStoredText(traceId)).executeTakeFirstOrThrow()
  return fromPromptTokens(path, prompt)
}

export async function selectStepsFrom(db: Kysely<LogTables>, path: string, traceId: TraceId, index: number): Promise<RecordedStep[] | undefined> {
  return db.transaction().execute(async (tx) => ((await isRecorded(tx, traceId)) ? selectSteps(tx, path, traceId, { from: index }) : undefined))
}

export async function selectStepsBetween(db: Kysely<LogTables>, path: string, traceId: TraceId, from: number, to: number): Promise<Pick<Trace, 'steps' | 'weaves'> | undefined> {
  return db.transaction().execute(async (tx) => ((await isRecorded(tx, traceId)) ? apart(await selectSteps(tx, path, traceId, { from, to })) : undefined))
}

async function isRecorded(db: Kysely<LogTables>, traceId: TraceId): Promise<boolean> {
  return (await db.selectFrom('trace').select('id').where('id', '=', toStoredText(traceId)).executeTakeFirst()) !== undefined
}

/** `to` is not included. @default to all there are */
async function selectSteps(db: Kysely<LogTables>, path: string, traceId: TraceId, { from, to = null }: { from: number; to?: number | null }): Promise<RecordedStep[]> {
  const id = toStoredText(traceId)
  const steps = db.selectFrom('step').selectAll().where('trace_id', '=', id).where('step_index', '>=', from)
  const weaves = db.selectFrom('weave').selectAll().where('trace_id', '=', id).where('step_index', '>=', from)
  const stepRows = await (to === null ? steps : steps.where('step_index', '<', to)).orderBy('step_index').execute()
  const weaveRows = await (to === null ? weaves : weaves.where('step_index', '<', to)).execute()
  const weaveBefore = new Map(weaveRows.map((row) => [row.step_index, fromWeaveRow(path, row)]))
  return stepRows.map((row) => ({ step: fromStepRow(path, row), weave: weaveBefore.get(row.step_index) ?? null }))
}

function apart(recorded: readonly RecordedStep[]): Pick<Trace, 'steps' | 'weaves'> {
  return { steps: recorded.map(({ step }) => step), weaves: recorded.flatMap(({ weave }) => weave ?? []) }
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
  'trace.parent_trace_id',
  'trace.parent_step_index',
  'trace.changes',
  'trace.certificate_count',
  'trace.origin_run_id',
  'trace.origin_sample_id',
  'trace.origin_repeat',
  'trace.origin_turn',
  'trace.placed_device',
  'trace.placed_precision',
  'certificate.number as certificate_number',
  'certificate.verdict',
  'certificate.compared_steps',
  'certificate.different_step_index',
  'certificate.different_what',
  'certificate.different_top_gap',
  'certificate.largest_logprob_difference',
  'certificate.largest_trigger_logit_difference',
  'certificate.largest_latent_difference',
  'certificate.device',
  'certificate.created_at as certified_at',
] as const

const storedPreview = sql<string>`substr(trace.generated_text, 1, ${sql.lit(STORED_PREVIEW_LENGTH)})`.as('stored_preview')
/** From its end backwards, in the words that SQLite and PostgreSQL share. */
const storedEnding = sql<string>`substr(trace.generated_text, case when length(trace.generated_text) > ${sql.lit(STORED_ENDING_LENGTH)} then length(trace.generated_text) - ${sql.lit(STORED_ENDING_LENGTH - 1)} else 1 end)`.as('stored_ending')

function isLatestCertificate(join: JoinBuilder<LogTables, 'trace' | 'certificate'>) {
  return join.onRef('certificate.trace_id', '=', 'trace.id').onRef('certificate.number', '=', 'trace.certificate_count')
}
