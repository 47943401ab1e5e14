/** @file Queries that walk through the turns and latents of a whole run, a result at a time. Does not know SQLite. */
import { type Kysely, sql } from 'kysely'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { withLogErrors } from './errors.ts'
import type { LatentBlock, ResultSummary, TurnOfRun } from './evaluation-log.ts'
import type { ResultPlace } from './evaluation-tables.ts'
import { fromLatentsRow } from './rows/latents-row.ts'
import { fromSummaryRow, summaryColumns } from './rows/result-row.ts'
import { fromRecordColumns } from './rows/turn-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** Results read ahead: their turns are read one after the other. */
const PAGE_RESULTS = 256

/** Every turn in the dataset's order, its weaves without latents. */
export async function* walkTurns(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<TurnOfRun> {
  for await (const { place, summary } of walkResults(db, path, runId)) {
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

/** Every kept block in the dataset's order. */
export async function* walkLatents(db: Kysely<LogTables>, path: string, runId: EvaluationRunId, side: 'projected' | 'woven'): AsyncGenerator<LatentBlock> {
  for await (const { place, summary } of walkResults(db, path, runId)) {
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

async function* walkResults(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): AsyncGenerator<{ place: ResultPlace; summary: ResultSummary }> {
  let last: ResultPlace = { run_id: toStoredText(runId), position: -1, repeat: 0 }
  for (;;) {
    const { position, repeat } = last
    const rows = await withLogErrors(path, () =>
      db
        .selectFrom('evaluation_result')
        .select(summaryColumns)
        .where('run_id', '=', last.run_id)
        .where(sql<boolean>`(position, repeat) > (${position}, ${repeat})`)
        .orderBy('position')
        .orderBy('repeat')
        .limit(PAGE_RESULTS)
        .execute(),
    )
    for (const row of rows) {
      last = { run_id: row.run_id, position: row.position, repeat: row.repeat }
      yield { place: last, summary: fromSummaryRow(path, row) }
    }
    if (rows.length < PAGE_RESULTS) return
  }
}
