/**
 * @file The process that runs queries which people write: one SELECT at a time over a connection that cannot write. A query cannot be
 * stopped from within its process, but a process can be ended. It does not know the log's tables, nor how long a query may take.
 */
import Database from 'better-sqlite3'
import { codeOf } from '../../shared/error-code.ts'
import { messageOf } from '../../shared/message-of.ts'
import type { QueryAnswer, QueryQuestion } from './query-process.ts'

/** More values than a list of runs has by far; they are held in memory twice on their way. */
const MAX_ROWS = 100_000

/** Space and comments, which may precede a statement. */
const beginning = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/

process.on('message', (question: QueryQuestion) => process.send?.(answer(question)))
process.on('disconnect', () => process.exit())

let database: Database.Database | null = null

function answer({ path, sql }: QueryQuestion): QueryAnswer {
  try {
    database ??= openReadOnly(path)
    return { values: firstColumn(database, sql) }
  } catch (error) {
    return { problem: messageOf(error), code: codeOf(error) }
  }
}

function openReadOnly(path: string): Database.Database {
  const opened = new Database(path, { readonly: true, fileMustExist: true })
  opened.pragma('query_only = ON')
  opened.pragma('trusted_schema = OFF')
  return opened
}

/** Raises whatever SQLite says, also where there is more than one statement. */
function firstColumn(from: Database.Database, sql: string): string[] {
  // PRAGMA and ATTACH count as reading; they do more.
  if (!/^(?:select|with|values)\b/i.test(sql.replace(beginning, ''))) throw new Error('a query begins with SELECT or WITH')
  const statement = from.prepare<[], unknown[]>(sql)
  if (!statement.reader || !statement.readonly) throw new Error('a query may only read')
  const values: string[] = []
  for (const [value] of statement.raw().iterate()) {
    if (values.length === MAX_ROWS) throw new Error(`a query may give ${MAX_ROWS} rows`)
    values.push(String(value))
  }
  return values
}
