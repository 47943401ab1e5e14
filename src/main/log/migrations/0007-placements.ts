/** @file Where and how models are loaded, and what computed a trace. Never changed once released; a later migration follows. */
import type { Kysely, Migration } from 'kysely'

export const placements: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('model_placement')
      .addColumn('model_id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('device', 'text', (column) => column.notNull())
      .addColumn('precision', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.alterTable('trace').addColumn('placed_device', 'text').execute()
    await db.schema.alterTable('trace').addColumn('placed_precision', 'text').execute()
  },
}
