/** @file Ids by how they begin, as people type them. Does not know what lies behind an id. */
import type { Kysely } from 'kysely'
import type { LogTables } from './schema.ts'
import { fromStoredText, toStoredText } from './stored-values.ts'

export type IdKind = 'trace' | 'run' | 'training run'

const tables = { trace: 'trace', run: 'evaluation_run', 'training run': 'training_run' } as const satisfies Readonly<Record<IdKind, keyof LogTables>>
/** Enough to tell that there are several, and which some of them are. */
const LIMIT = 5
/** No text goes on with a character behind it. */
const LAST_CHARACTER = '\u{10ffff}'

export async function selectIds(db: Kysely<LogTables>, kind: IdKind, beginning: string): Promise<string[]> {
  const first = toStoredText(beginning)
  const rows = await db.selectFrom(tables[kind]).select('id').where('id', '>=', first).where('id', '<', first + LAST_CHARACTER).orderBy('id').limit(LIMIT).execute()
  return rows.map(({ id }) => fromStoredText(id))
}
