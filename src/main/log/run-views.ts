/** @file Ways of looking at the list of runs that the user keeps, and their queries. Removing one is a flag: nothing is deleted. Does not know SQLite. */
import { randomUUID } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { type RunView, runViewSchema, type SavedRunView } from '../../shared/domain/run-view.ts'
import type { RunViewTable } from './evaluation-tables.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { jsonColumn, textColumn, toStoredJson, toStoredText } from './stored-values.ts'

const runViewRowSchema = z.object({ id: textColumn.pipe(z.string().min(1)), name: textColumn, view: jsonColumn(runViewSchema), created_at: z.int() })

/** By name. */
export async function selectViews(db: Kysely<LogTables>, path: string): Promise<SavedRunView[]> {
  const rows = await db.selectFrom('run_view').selectAll().where('trashed_at', 'is', null).orderBy('name').execute()
  return rows.map((row) => fromRunViewRow(path, row))
}

/** One of the same name is replaced: it keeps its id. */
export async function upsertView(tx: Transaction<LogTables>, path: string, name: string, view: RunView, now: number): Promise<SavedRunView> {
  const row = { id: randomUUID(), name: toStoredText(name), view: toStoredJson(view), created_at: now, trashed_at: null }
  const replaced = await tx.updateTable('run_view').set({ view: row.view }).where('name', '=', row.name).where('trashed_at', 'is', null).returningAll().executeTakeFirst()
  if (replaced === undefined) await tx.insertInto('run_view').values(row).execute()
  return fromRunViewRow(path, replaced ?? row)
}

export async function trashView(db: Kysely<LogTables>, id: string, trashedAt: number): Promise<void> {
  await db.updateTable('run_view').set({ trashed_at: trashedAt }).where('id', '=', toStoredText(id)).where('trashed_at', 'is', null).execute()
}

function fromRunViewRow(path: string, row: RunViewTable): SavedRunView {
  const { created_at: createdAt, ...stored } = readRow({ path, table: 'run_view', id: row.id }, runViewRowSchema, row)
  return { ...stored, createdAt }
}
