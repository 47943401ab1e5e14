/** @file Curves of other programs. Never changed once released; a later migration follows. */
import type { Kysely, Migration } from 'kysely'

export const importedCurves: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('imported_curves')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('trashed_at', 'bigint')
      .execute()
    await db.schema
      .createTable('imported_series')
      .addColumn('curves_id', 'text', (column) => column.notNull().references('imported_curves.id'))
      .addColumn('series_index', 'integer', (column) => column.notNull())
      .addColumn('tag', 'text', (column) => column.notNull())
      .addColumn('steps', 'blob', (column) => column.notNull())
      .addColumn('series_values', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('imported_series_key', ['curves_id', 'series_index'])
      .execute()
  },
}
