/** @file The SQLite connection as the log wants it: durable, shared, with prepared statements kept. Does not know any table. */
import Database from 'better-sqlite3'
import type { CompiledQuery, SqliteDatabase } from 'kysely'

export interface ConnectionOptions {
  /** How long a statement waits for another program's lock. The wait blocks this process; an ordinary writer holds the lock for milliseconds. */
  readonly busyTimeoutMs: number
}

/** Opens the file without changing it. */
export function openSqlite(path: string, { busyTimeoutMs }: ConnectionOptions): Database.Database {
  return new Database(path, { timeout: busyTimeoutMs })
}

/** Sets what every connection needs. Switches the file to write-ahead logging, so not before its version is known. */
export function configureSqlite(database: Database.Database, { busyTimeoutMs }: ConnectionOptions): void {
  configureReading(database, { busyTimeoutMs })
  const journalMode = database.pragma('journal_mode = WAL', { simple: true })
  if (journalMode !== 'wal') throw new Error(`the file system of ${database.name} does not support write-ahead logging (journal mode stayed ${String(journalMode)})`)
  // A commit outlives kill -9 at any setting, because the operating system holds what was written. FULL makes it outlive
  // a power cut too: the write-ahead log is flushed at each commit. better-sqlite3 is compiled to use NORMAL in WAL mode.
  database.pragma('synchronous = FULL')
  // macOS's fsync leaves data in the drive's cache; F_FULLFSYNC does not. No effect elsewhere.
  database.pragma('fullfsync = ON')
  database.pragma('checkpoint_fullfsync = ON')
  database.pragma('foreign_keys = ON')
}

/** Sets what a connection needs that only reads; changes nothing in the file. */
export function configureReading(database: Database.Database, { busyTimeoutMs }: ConnectionOptions): void {
  database.pragma(`busy_timeout = ${busyTimeoutMs}`)
  // SQLite's own lower() knows ASCII only; PostgreSQL's knows Unicode.
  database.function('lower', { deterministic: true }, (text: unknown) => (typeof text === 'string' ? text.toLowerCase() : text))
}

/**
 * The part of a connection that kysely uses, each statement prepared once.
 *
 * @param refuseWrite makes what is thrown for a statement that would write. @default none: it may write
 */
export function toKyselyDatabase(database: Database.Database, refuseWrite?: () => Error): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>()
  return {
    close: () => database.close(),
    prepare(source) {
      let statement = statements.get(source)
      if (statement === undefined) {
        statement = source === 'rollback' ? rollbackOf(database) : prepare(database, source, refuseWrite)
        statements.set(source, statement)
      }
      return statement
    },
  }
}

function prepare(database: Database.Database, source: string, refuseWrite?: () => Error): ReturnType<SqliteDatabase['prepare']> {
  const statement = database.prepare(source)
  if (refuseWrite !== undefined && !statement.readonly) throw refuseWrite()
  return statement
}

/** Rows as arrays in the order of the query's columns: for a hundred thousand of them objects would cost more than the reading. */
export function readArrays(database: Database.Database, { sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): unknown[][] {
  return database.prepare<unknown[], unknown[]>(sql).raw().all(...parameters)
}

/** SQLite rolls back by itself after some failures (a full disk); a second rollback would then hide the first error. */
function rollbackOf(database: Database.Database): ReturnType<SqliteDatabase['prepare']> {
  const rollback = database.prepare('rollback')
  return {
    reader: false,
    all: () => [],
    iterate: () => [].values(),
    run: () => (database.inTransaction ? rollback.run() : { changes: 0, lastInsertRowid: 0 }),
  }
}
