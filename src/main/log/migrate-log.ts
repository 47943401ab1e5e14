/** @file Brings a database to this app's schema, after a backup, while no other app can write. Does not know what the migrations do. */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { type Kysely, type Migration, Migrator } from 'kysely'
import { logUnavailable, LogUnavailableError } from './errors.ts'
import type { LogTables } from './schema.ts'
import { openSqlite } from './sqlite-database.ts'

/** 'MEMG' in SQLite's header: `file` and the app itself can tell a log from any other database. */
const APPLICATION_ID = 0x4d454d47

/** The copy only reads, which no writer of a write-ahead log holds up; a checkpoint may, for a moment. */
const BACKUP_BUSY_TIMEOUT_MS = 1_000

export interface MigrateOptions {
  readonly migrations: Readonly<Record<string, Migration>>
  /** Unix milliseconds, UTC. */
  readonly now: () => number
}

/**
 * Refuses a database that is not a log or that a newer app wrote. Only reads.
 *
 * @throws {LogUnavailableError} reason 'newer-version' or 'other'
 */
export function checkVersion(database: Database, path: string, migrations: Readonly<Record<string, Migration>>): void {
  if (isEmpty(database)) return
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new LogUnavailableError(path, 'other', 'this SQLite database is not an experiment log; nothing was changed. Choose another file')
  }
  const unknown = appliedMigrations(database).filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) throw logUnavailable(path, 'newer-version', new Error(`it has ${unknown.join(', ')}`))
}

/**
 * Applies the migrations the database lacks in one transaction, which also keeps a second app from doing the same at
 * the same time. A database that holds anything is copied to a file beside it first.
 *
 * @returns path of the backup, or null where there was nothing to do or to lose
 */
export async function migrateLog(database: Database, kysely: Kysely<LogTables>, path: string, options: MigrateOptions): Promise<string | null> {
  if (pendingMigrations(database, options.migrations).length === 0) return null
  database.exec('BEGIN IMMEDIATE')
  try {
    // Asked again: another app may have migrated while this one waited for the lock.
    checkVersion(database, path, options.migrations)
    const [first] = pendingMigrations(database, options.migrations)
    const backupPath = first === undefined || isEmpty(database) ? null : backUp(path, `before-${first}-${options.now()}`)
    if (first !== undefined) await applyMigrations(database, kysely, options.migrations)
    database.exec('COMMIT')
    return backupPath
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}

async function applyMigrations(database: Database, kysely: Kysely<LogTables>, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  database.pragma(`application_id = ${APPLICATION_ID}`)
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: () => Promise.resolve({ ...migrations }) }, disableTransactions: true })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('the migration failed', { cause: error })
}

/** A second connection reads the last committed state, since this one's transaction holds off every writer. */
function backUp(path: string, suffix: string): string {
  const backupPath = `${path}.${suffix}`
  const reader = openSqlite(path, { busyTimeoutMs: BACKUP_BUSY_TIMEOUT_MS })
  try {
    reader.prepare('VACUUM INTO ?').run(backupPath)
    const file = openSync(backupPath, 'r+')
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    rmSync(backupPath, { force: true })
    throw error
  } finally {
    reader.close()
  }
  return backupPath
}

function pendingMigrations(database: Database, migrations: Readonly<Record<string, Migration>>): string[] {
  const applied = new Set(appliedMigrations(database))
  return Object.keys(migrations).filter((name) => !applied.has(name)).sort()
}

function appliedMigrations(database: Database): string[] {
  if (!hasTable(database, 'kysely_migration')) return []
  return database.prepare<[], string>('select name from kysely_migration').pluck().all()
}

function hasTable(database: Database, name: string): boolean {
  return database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(name) !== undefined
}

function isEmpty(database: Database): boolean {
  return database.prepare('select 1 from sqlite_schema limit 1').get() === undefined
}
