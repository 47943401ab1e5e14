/** @file Whose latents results were given under the intervention `other`, and what their replays are given. Never changed once released; a later migration follows. */
import { type Kysely, type Migration, sql } from 'kysely'

export const donors: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('evaluation_donor')
      .addColumn('run_id', 'text', (column) => column.notNull().references('evaluation_run.id'))
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('sample_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('messages', 'text')`))
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('messages', 'text')
      .addPrimaryKeyConstraint('evaluation_donor_key', ['run_id', 'position'])
      .execute()
    await db.schema.alterTable('evaluation_turn').addColumn('donors', 'text').execute()

    await db.schema
      .createTable('donated_latents')
      .addColumn('origin_run_id', 'text', (column) => column.notNull().references('evaluation_run.id'))
      .addColumn('origin_sample_id', 'text', (column) => column.notNull())
      .addColumn('origin_repeat', 'integer', (column) => column.notNull())
      .addColumn('origin_turn', 'integer', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('prompt', 'inference')`))
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('latents_rows', 'integer', (column) => column.notNull())
      .addColumn('latents_columns', 'integer', (column) => column.notNull())
      .addColumn('latents', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('donated_latents_key', ['origin_run_id', 'origin_sample_id', 'origin_repeat', 'origin_turn', 'kind', 'ordinal'])
      .execute()
  },
}
