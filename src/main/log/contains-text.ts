/** @file Finding a text within a column as people search: in any case. Does not know tables. */
import { type Expression, sql, type SqlBool } from 'kysely'
import { toStoredText } from './stored-values.ts'

/** SQLite refuses LIKE patterns over 50,000 bytes; nobody types this many characters. */
export const MAX_SEARCH_LENGTH = 1_000

/** Case-insensitive, with the wildcards of LIKE taken literally. Throws RangeError for a search that is too long. */
export function contains(text: Expression<string | null>, search: string): Expression<SqlBool> {
  if (search.length > MAX_SEARCH_LENGTH) throw new RangeError(`a search may have ${MAX_SEARCH_LENGTH} characters, found ${search.length}`)
  const pattern = `%${toStoredText(search).toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${text}) like ${pattern} escape '\\'`
}
