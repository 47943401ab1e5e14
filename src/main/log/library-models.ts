/** @file Queries on the user's models. Removing one is a flag: nothing is deleted. Does not know SQLite or what lies in the folders. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { type ModelId, modelIdSchema } from '../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../shared/domain/model.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables, ModelTable } from './schema.ts'
import { textColumn, toStoredText } from './stored-values.ts'

/** Where it is loaded is kept apart (model-placements.ts): models that ship with the app have that too. */
export type KeptModel = Omit<ModelEntry, 'placement'>

const modelRowSchema = z.object({
  id: textColumn.pipe(modelIdSchema),
  name: textColumn.pipe(z.string().min(1)),
  reasoner_dir: textColumn.pipe(z.string().min(1)),
  weaver_dir: textColumn.nullable(),
  trigger_dir: textColumn.nullable(),
  checkpoint_dir: textColumn.nullable(),
  label: textColumn.nullable(),
})

export async function selectModels(db: Kysely<LogTables>, path: string): Promise<KeptModel[]> {
  const rows = await db.selectFrom('model').selectAll().where('trashed_at', 'is', null).orderBy('created_at').orderBy('id').execute()
  return rows.map((row) => fromModelRow(path, row))
}

export async function upsertModel(db: Kysely<LogTables>, model: Pick<ModelEntry, 'id' | 'name' | 'location' | 'label'>, addedAt: number): Promise<void> {
  const { location } = model
  const described = {
    name: toStoredText(model.name),
    reasoner_dir: toStoredText(location.reasonerDir),
    weaver_dir: toStoredOrNull(location.weaverDir),
    trigger_dir: toStoredOrNull(location.triggerDir),
    checkpoint_dir: toStoredOrNull(location.checkpointDir),
    label: toStoredOrNull(model.label),
    trashed_at: null,
  }
  await db
    .insertInto('model')
    .values({ id: toStoredText(model.id), created_at: addedAt, ...described })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(described))
    .execute()
}

export async function trashModel(db: Kysely<LogTables>, modelId: ModelId, trashedAt: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('model')
    .set({ trashed_at: trashedAt })
    .where('id', '=', toStoredText(modelId))
    .where('trashed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function fromModelRow(path: string, row: ModelTable): KeptModel {
  const stored = readRow({ path, table: 'model', id: row.id }, modelRowSchema, row)
  return {
    id: stored.id,
    name: stored.name,
    location: {
      reasonerDir: stored.reasoner_dir,
      ...(stored.weaver_dir !== null && { weaverDir: stored.weaver_dir }),
      ...(stored.trigger_dir !== null && { triggerDir: stored.trigger_dir }),
      ...(stored.checkpoint_dir !== null && { checkpointDir: stored.checkpoint_dir }),
    },
    isBundled: false,
    label: stored.label,
    examples: [],
  }
}

function toStoredOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : toStoredText(text)
}
