/** @file Queries on where the user wants models to be loaded, the bundled ones included. Does not know SQLite, nor which models there are. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { type ModelId, modelIdSchema } from '../../shared/domain/identifiers.ts'
import { deviceChoiceSchema, type PlacementChoice, precisionSchema } from '../../shared/domain/model.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { textColumn, toStoredText } from './stored-values.ts'

const placementRowSchema = z.object({ model_id: textColumn.pipe(modelIdSchema), device: deviceChoiceSchema, precision: precisionSchema })

/** Of those models that the user has placed. */
export async function selectPlacements(db: Kysely<LogTables>, path: string): Promise<Map<ModelId, PlacementChoice>> {
  const rows = await db.selectFrom('model_placement').selectAll().execute()
  return new Map(
    rows.map((row) => {
      const { model_id: modelId, device, precision } = readRow({ path, table: 'model_placement', id: row.model_id }, placementRowSchema, row)
      return [modelId, { device, precision }]
    }),
  )
}

export async function upsertPlacement(db: Kysely<LogTables>, modelId: ModelId, { device, precision }: PlacementChoice, updatedAt: number): Promise<void> {
  const placed = { device, precision, updated_at: updatedAt }
  await db
    .insertInto('model_placement')
    .values({ model_id: toStoredText(modelId), ...placed })
    .onConflict((conflict) => conflict.column('model_id').doUpdateSet(placed))
    .execute()
}
