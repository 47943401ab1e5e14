/** @file Queries that walk through the results, turns and latents of a whole run, a result at a time. Does not know SQLite. */
import { type Kysely, sql } from 'kysely'
import type { SampleResult } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { withLogErrors } from './errors.ts'
import type { LatentBlock, PlacesOfTurn, ResultSummary, TurnOfRun } from './evaluation-log.ts'
import type { ResultPlace } from './evaluation-tables.ts'
import { results } from './read-results.ts'
import { fromLatentsRow } from './rows/latents-row.ts'
import { fromResultRow, fromSummaryRow, resultColumns, summaryColumns } from './rows/result-row.ts'
import { RECORD_HEAD_BYTES } from './packed-record.ts'
import { fromPlacesRow, fromRecordColumns } from './rows/turn-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** Results read ahead: their turns are read one after the other. */
const PAGE_RESULTS = 256
/** Turns whose places are read at once: whoever else waits for this process gets a turn in between. */
const PAGE_TURNS = 100

/** Every result in the dataset's order. */
export async function* walkResults(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<SampleResult> {
  const rows = walkRows(path, runId, (last) => results(db).select(resultColumns).where(isAfter(last)).orderBy('evaluation_result.position').orderBy('evaluation_result.repeat').limit(PAGE_RESULTS).execute())
  for await (const row of rows) yield fromResultRow(path, row)
}

/** Every turn in the dataset's order, its weaves without latents. */
export async function* walkTurns(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<TurnOfRun> {
  for await (const { place, summary } of walkSummaries(db, path, runId)) {
    const rows = await withLogErrors(path, () =>
      db
        .selectFrom('evaluation_turn')
        .selectAll()
        .select((of) => of.selectFrom('evaluation_output').select('evaluation_output.text').where((column) => column.and(place)).$asScalar().$notNull().as('result_text'))
        .where((column) => column.and(place))
        .orderBy('turn')
        .execute(),
    )
    const { sampleId, repeat, domain, reward } = summary
    for (const row of rows) {
      const { turn, record } = fromRecordColumns(path, row, row.result_text)
      yield { sampleId, repeat, domain, reward, turn, record }
    }
  }
}

/** The places of every turn in the dataset's order. */
export async function* walkPlaces(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<readonly PlacesOfTurn[]> {
  let last = { position: -1, repeat: 0, turn: 0 }
  for (;;) {
    const { position, repeat, turn } = last
    const rows = await withLogErrors(path, () =>
      db
        .selectFrom('evaluation_turn')
        .innerJoin('evaluation_result', (join) =>
          join
            .onRef('evaluation_result.run_id', '=', 'evaluation_turn.run_id')
            .onRef('evaluation_result.position', '=', 'evaluation_turn.position')
            .onRef('evaluation_result.repeat', '=', 'evaluation_turn.repeat'),
        )
        .select(['evaluation_turn.run_id', 'evaluation_turn.position', 'evaluation_turn.repeat', 'evaluation_turn.turn', 'evaluation_turn.asked'])
        .select(['evaluation_result.sample_id', 'evaluation_result.domain', 'evaluation_result.reward'])
        .select(sql<Uint8Array>`substr(evaluation_turn.record, 1, ${RECORD_HEAD_BYTES})`.as('record_head'))
        .where('evaluation_turn.run_id', '=', toStoredText(runId))
        .where(sql<boolean>`(evaluation_turn.position, evaluation_turn.repeat, evaluation_turn.turn) > (${position}, ${repeat}, ${turn})`)
        .orderBy('evaluation_turn.position')
        .orderBy('evaluation_turn.repeat')
        .orderBy('evaluation_turn.turn')
        .limit(PAGE_TURNS)
        .execute(),
    )
    yield rows.map((row) => fromPlacesRow(path, row))
    const end = rows.at(-1)
    if (end === undefined || rows.length < PAGE_TURNS) return
    last = end
  }
}

/** Every kept block in the dataset's order. */
export async function* walkLatents(db: Kysely<LogTables>, path: string, runId: EvaluationRunId, side: 'projected' | 'woven'): AsyncGenerator<LatentBlock> {
  for await (const { place, summary } of walkSummaries(db, path, runId)) {
    const rows = await withLogErrors(path, () =>
      db
        .selectFrom('evaluation_latents')
        .selectAll()
        .where((column) => column.and(place))
        .orderBy('turn')
        .orderBy('step_index')
        .execute(),
    )
    const { sampleId, repeat, reward, human } = summary
    for (const row of rows) {
      const { turn, stepIndex, kind, latents: projected, latentsBeforeProjection } = fromLatentsRow(path, row)
      const latents = side === 'projected' ? projected : latentsBeforeProjection
      if (latents !== null) yield { sampleId, repeat, turn, stepIndex, kind, reward, human, latents }
    }
  }
}

async function* walkSummaries(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<{ place: ResultPlace; summary: ResultSummary }> {
  const rows = walkRows(path, runId, (last) => db.selectFrom('evaluation_result').select(summaryColumns).where(isAfter(last)).orderBy('position').orderBy('repeat').limit(PAGE_RESULTS).execute())
  for await (const row of rows) yield { place: { run_id: row.run_id, position: row.position, repeat: row.repeat }, summary: fromSummaryRow(path, row) }
}

/** Page after page, each from where the last one ended: a count of those passed would meet some twice while others come in before them. */
async function* walkRows<Row extends ResultPlace>(path: string, runId: EvaluationRunId, pageAfter: (last: ResultPlace) => Promise<Row[]>): AsyncGenerator<Row> {
  let last: ResultPlace = { run_id: toStoredText(runId), position: -1, repeat: 0 }
  for (;;) {
    const before = last
    const rows = await withLogErrors(path, () => pageAfter(before))
    yield* rows
    const end = rows.at(-1)
    if (end === undefined || rows.length < PAGE_RESULTS) return
    last = end
  }
}

/** Results of the same run behind a place. */
function isAfter({ run_id: runId, position, repeat }: ResultPlace) {
  return sql<boolean>`evaluation_result.run_id = ${runId} and (evaluation_result.position, evaluation_result.repeat) > (${position}, ${repeat})`
}
