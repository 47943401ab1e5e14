/** @file The user's kept prompts: what the log can do for them, and its queries. Removing one is a flag: nothing is deleted. Does not know SQLite. */
import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { SavedPrompt } from '../../shared/domain/saved-prompt.ts'
import { withLogErrors } from './errors.ts'
import { fromPromptColumns, promptColumnsSchema, toPromptColumns } from './rows/prompt-columns.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables, SavedPromptTable } from './schema.ts'
import { textColumn, toStoredText } from './stored-values.ts'

/** Every method throws {@link LogUnavailableError}; what returned is on disk. */
export interface PromptLibrary {
  /** Newest first, without those in the trash. */
  list(): Promise<SavedPrompt[]>
  save(prompt: Pick<SavedPrompt, 'title' | 'prompt' | 'reference'>): Promise<SavedPrompt>
  /** Puts a prompt into the trash. False where no such prompt is kept. */
  remove(id: string): Promise<boolean>
}

const savedPromptRowSchema = z.object({
  id: textColumn.pipe(z.string().min(1)),
  title: textColumn.pipe(z.string().min(1)),
  reference: textColumn.nullable(),
  created_at: z.int(),
})

/** @param now Unix milliseconds, UTC */
export function buildPromptLibrary(path: string, db: Kysely<LogTables>, now: () => number): PromptLibrary {
  return {
    list: () => withLogErrors(path, () => selectPrompts(db, path)),
    save: ({ title, prompt, reference }) =>
      withLogErrors(path, async () => {
        const saved = { id: randomUUID(), title, prompt, reference, createdAt: now() }
        await db.insertInto('saved_prompt').values(toSavedPromptRow(saved)).execute()
        return saved
      }),
    remove: (id) => withLogErrors(path, () => trashPrompt(db, id, now())),
  }
}

async function selectPrompts(db: Kysely<LogTables>, path: string): Promise<SavedPrompt[]> {
  const rows = await db.selectFrom('saved_prompt').selectAll().where('trashed_at', 'is', null).orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
  return rows.map((row) => fromSavedPromptRow(path, row))
}

async function trashPrompt(db: Kysely<LogTables>, id: string, trashedAt: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('saved_prompt')
    .set({ trashed_at: trashedAt })
    .where('id', '=', toStoredText(id))
    .where('trashed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function toSavedPromptRow({ id, title, prompt, reference, createdAt }: SavedPrompt): SavedPromptTable {
  return {
    id: toStoredText(id),
    title: toStoredText(title),
    ...toPromptColumns(prompt),
    reference: reference === null ? null : toStoredText(reference),
    created_at: createdAt,
    trashed_at: null,
  }
}

function fromSavedPromptRow(path: string, row: SavedPromptTable): SavedPrompt {
  const place = { path, table: 'saved_prompt', id: row.id }
  const { created_at: createdAt, ...saved } = readRow(place, savedPromptRowSchema, row)
  return { ...saved, prompt: fromPromptColumns(readRow(place, promptColumnsSchema, row)), createdAt }
}
