/** @file Queries that read results of evaluation runs. Does not know SQLite. */
import { type Expression, type Kysely, sql, type SqlBool } from 'kysely'
import type { RecordedTurn, ResultKey, SampleResult } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { TaskSample } from '../../shared/domain/task.ts'
import { contains } from './contains-text.ts'
import type { ResultsQuery, ResultSummary } from './evaluation-log.ts'
import type { ResultPlace } from './evaluation-tables.ts'
import { fromSampleRow } from './rows/dataset-row.ts'
import { fromLatentsRow, withLatents } from './rows/latents-row.ts'
import { fromResultRow, fromSummaryRow, resultColumns, summaryColumns } from './rows/result-row.ts'
import { fromTurnRow } from './rows/turn-row.ts'
import type { LogTables } from './schema.ts'
import { fromStoredText, toStoredText } from './stored-values.ts'

/** A statement names at most so many samples: SQLite binds 32,766 values. */
const SAMPLES_A_STATEMENT = 1_000

/** What each way of showing asks of a result. */
const conditions: Readonly<Record<ResultsQuery['show'], Expression<SqlBool>>> = {
  all: sql<SqlBool>`true`,
  right: sql<SqlBool>`evaluation_result.reward >= 1`,
  wrong: sql<SqlBool>`evaluation_result.reward < 1`,
  unjudged: sql<SqlBool>`evaluation_result.reward is null`,
  failed: sql<SqlBool>`evaluation_result.error is not null`,
  unaudited: sql<SqlBool>`evaluation_result.is_audited = 0`,
  // Said so that the index of audited results serves.
  disputed: sql<SqlBool>`evaluation_result.is_audited = 1 and (evaluation_result.reward >= 1) <> evaluation_result.human_is_right`,
}

export async function selectDoneKeys(db: Kysely<LogTables>, runId: EvaluationRunId): Promise<{ sampleId: string; repeat: number }[]> {
  const rows = await db.selectFrom('evaluation_result').select(['sample_id', 'repeat']).where('run_id', '=', toStoredText(runId)).execute()
  return rows.map(({ sample_id: sampleId, repeat }) => ({ sampleId: fromStoredText(sampleId), repeat }))
}

/** In the dataset's order, repeats of a sample together. */
export async function selectResults(db: Kysely<LogTables>, path: string, { runId, show, search, offset, limit }: ResultsQuery): Promise<{ results: SampleResult[]; total: number }> {
  return db.transaction().execute(async (tx) => {
    const matching = results(tx)
      .where('evaluation_result.run_id', '=', toStoredText(runId))
      .where(conditions[show])
      .$if(search !== '', (all) =>
        all
          .innerJoin('evaluation_run', 'evaluation_run.id', 'evaluation_result.run_id')
          .innerJoin('dataset_sample', (join) => join.onRef('dataset_sample.dataset_id', '=', 'evaluation_run.dataset_id').onRef('dataset_sample.position', '=', 'evaluation_result.position'))
          .where((column) =>
            column.or([
              contains(column.ref('evaluation_result.sample_id'), search),
              contains(column.ref('evaluation_output.text'), search),
              contains(column.ref('evaluation_output.extracted'), search),
              contains(column.ref('dataset_sample.text'), search),
            ]),
          ),
      )
    const { total } = await matching.select((column) => column.fn.countAll<number | string>().as('total')).executeTakeFirstOrThrow()
    const rows = await matching.select(resultColumns).orderBy('evaluation_result.position').orderBy('evaluation_result.repeat').limit(limit).offset(offset).execute()
    // PostgreSQL counts in 64 bits and answers with a string.
    return { results: rows.map((row) => fromResultRow(path, row)), total: Number(total) }
  })
}

/** In the dataset's order. */
export async function selectSummaries(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): Promise<ResultSummary[]> {
  const rows = await db
    .selectFrom('evaluation_result')
    .select(summaryColumns)
    .where('evaluation_result.run_id', '=', toStoredText(runId))
    .orderBy('evaluation_result.position')
    .orderBy('evaluation_result.repeat')
    .execute()
  return rows.map((row) => fromSummaryRow(path, row))
}

/** In the dataset's order. */
export async function selectResultsOfSamples(db: Kysely<LogTables>, path: string, runId: EvaluationRunId, sampleIds: readonly string[]): Promise<SampleResult[]> {
  const rows = []
  for (let from = 0; from < sampleIds.length; from += SAMPLES_A_STATEMENT) {
    const some = sampleIds.slice(from, from + SAMPLES_A_STATEMENT).map(toStoredText)
    rows.push(...(await results(db).select(resultColumns).where('evaluation_result.run_id', '=', toStoredText(runId)).where('evaluation_result.sample_id', 'in', some).execute()))
  }
  return rows.toSorted((one, other) => one.position - other.position || one.repeat - other.repeat).map((row) => fromResultRow(path, row))
}

export async function selectResult(db: Kysely<LogTables>, path: string, key: ResultKey): Promise<SampleResult | undefined> {
  const row = await resultOf(db, key).select(resultColumns).executeTakeFirst()
  return row === undefined ? undefined : fromResultRow(path, row)
}

/** A result with its sample and its turns, latents included. */
export async function selectWholeResult(db: Kysely<LogTables>, path: string, key: ResultKey): Promise<{ result: SampleResult; sample: TaskSample; turns: RecordedTurn[] } | undefined> {
  return db.transaction().execute(async (tx) => {
    const row = await resultOf(tx, key).select(resultColumns).executeTakeFirst()
    if (row === undefined) return undefined
    const result = fromResultRow(path, row)
    const sample = fromSampleRow(
      path,
      await tx
        .selectFrom('dataset_sample')
        .innerJoin('evaluation_run', 'evaluation_run.dataset_id', 'dataset_sample.dataset_id')
        .selectAll('dataset_sample')
        .where('evaluation_run.id', '=', row.run_id)
        .where('position', '=', row.position)
        .executeTakeFirstOrThrow(),
    )
    const place: ResultPlace = { run_id: row.run_id, position: row.position, repeat: row.repeat }
    const turnRows = await tx.selectFrom('evaluation_turn').selectAll().where((column) => column.and(place)).orderBy('turn').execute()
    const latents = Map.groupBy(await tx.selectFrom('evaluation_latents').selectAll().where((column) => column.and(place)).execute(), ({ turn }) => turn)
    const turns = turnRows.map((turnRow) => {
      const turn = fromTurnRow(path, turnRow, { samplePrompt: sample.prompt, resultText: result.text })
      return { ...turn, record: withLatents(turn.record, (latents.get(turn.turn) ?? []).map((block) => fromLatentsRow(path, block))) }
    })
    return { result, sample, turns }
  })
}

/** Results joined with their outputs. */
export function results(db: Kysely<LogTables>) {
  return db.selectFrom('evaluation_result').innerJoin('evaluation_output', (join) =>
    join
      .onRef('evaluation_output.run_id', '=', 'evaluation_result.run_id')
      .onRef('evaluation_output.position', '=', 'evaluation_result.position')
      .onRef('evaluation_output.repeat', '=', 'evaluation_result.repeat'),
  )
}

/** A result joined with its output. */
export function resultOf(db: Kysely<LogTables>, { runId, sampleId, repeat }: ResultKey) {
  return results(db)
    .where('evaluation_result.run_id', '=', toStoredText(runId))
    .where('evaluation_result.sample_id', '=', toStoredText(sampleId))
    .where('evaluation_result.repeat', '=', repeat)
}
