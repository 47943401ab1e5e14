/** @file Samples that gave their latents to a run's others, and what replays of its results are given, as rows and their queries. Does not know SQLite, nor who chose a donor. */
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import type { DonorLatents, DonorSample } from '../../shared/domain/donor.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { ResultOrigin } from '../../shared/domain/trace.ts'
import { weaveKindSchema, type Matrix, type WeaveKind } from '../../shared/domain/weave.ts'
import { fromPromptColumns, promptColumnsSchema, toPromptColumns } from './rows/prompt-columns.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { matrixDataColumn, textColumn, toStoredMatrix, toStoredText } from './stored-values.ts'

const donorRowSchema = z.object({ sample_id: textColumn })

const donatedRowSchema = z
  .object({ kind: weaveKindSchema, latents_rows: z.int().nonnegative(), latents_columns: z.int().nonnegative(), latents: matrixDataColumn })
  .refine((row) => row.latents.length === row.latents_rows * row.latents_columns, { path: ['latents'], message: 'it must hold latents_rows x latents_columns numbers' })

/** A run that has donors keeps those. */
export async function insertDonors(tx: Transaction<LogTables>, runId: EvaluationRunId, donors: readonly DonorSample[]): Promise<void> {
  for (const [position, { sampleId, prompt }] of donors.entries()) {
    await tx
      .insertInto('evaluation_donor')
      .values({ run_id: toStoredText(runId), position, sample_id: toStoredText(sampleId), ...toPromptColumns(prompt) })
      .onConflict((conflict) => conflict.columns(['run_id', 'position']).doNothing())
      .execute()
  }
}

/** In the order of their positions. */
export async function selectDonors(db: Kysely<LogTables>, path: string, runId: EvaluationRunId): Promise<DonorSample[]> {
  const rows = await db.selectFrom('evaluation_donor').selectAll().where('run_id', '=', toStoredText(runId)).orderBy('position').execute()
  return rows.map((row) => {
    const place = { path, table: 'evaluation_donor', id: `${row.run_id}/${row.position}` }
    return { sampleId: readRow(place, donorRowSchema, row).sample_id, prompt: fromPromptColumns(readRow(place, promptColumnsSchema, row)) }
  })
}

/** What is kept already stays. */
export async function insertDonatedLatents(tx: Transaction<LogTables>, origin: ResultOrigin, latents: DonorLatents): Promise<void> {
  const rows = weaveKindSchema.options.flatMap((kind) => latents[kind].map((block, ordinal) => ({ ...originColumns(origin), kind, ordinal, latents_rows: block.rows, latents_columns: block.columns, latents: toStoredMatrix(block) })))
  for (const row of rows) await tx.insertInto('donated_latents').values(row).onConflict((conflict) => conflict.doNothing()).execute()
}

/** None of either kind where nothing is kept. */
export async function selectDonatedLatents(db: Kysely<LogTables>, path: string, origin: ResultOrigin): Promise<DonorLatents> {
  const rows = await db
    .selectFrom('donated_latents')
    .selectAll()
    .where((column) => column.and(originColumns(origin)))
    .orderBy('ordinal')
    .execute()
  const kept: Record<WeaveKind, Matrix[]> = { prompt: [], inference: [] }
  for (const row of rows) {
    const id = `${row.origin_run_id}/${row.origin_sample_id}/${row.origin_repeat}/${row.origin_turn}/${row.kind}/${row.ordinal}`
    const { kind, latents_rows: count, latents_columns: columns, latents: data } = readRow({ path, table: 'donated_latents', id }, donatedRowSchema, row)
    kept[kind].push({ rows: count, columns, data })
  }
  return kept
}

function originColumns({ runId, sampleId, repeat, turn }: ResultOrigin) {
  return { origin_run_id: toStoredText(runId), origin_sample_id: toStoredText(sampleId), origin_repeat: repeat, origin_turn: turn }
}
