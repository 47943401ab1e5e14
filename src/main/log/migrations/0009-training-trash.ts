/** @file When a training run was put into the trash. Never changed once released; a later migration follows. */
import type { Kysely, Migration } from 'kysely'

export const trainingTrash: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('training_run').addColumn('trashed_at', 'bigint').execute()
  },
}
