/** @file A write that fails halfway leaves nothing behind, and its first error is the one that is seen. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newBranch, newTrace, plainInsertion, traceId } from '../../../test/support/recorded-trace.ts'
import { withLogErrors } from './errors.ts'
import { migrateLog } from './migrate-log.ts'
import { migrations } from './migrations/index.ts'
import { selectTrace } from './read-traces.ts'
import type { LogTables } from './schema.ts'
import { configureSqlite, openSqlite, toKyselyDatabase } from './sqlite-database.ts'
import { insertSteps, insertTrace } from './write-traces.ts'

let folder: string
let path: string
let database: Database
let db: Kysely<LogTables>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  database = openSqlite(path, { busyTimeoutMs: 0 })
  configureSqlite(database, { busyTimeoutMs: 0 })
  db = new Kysely<LogTables>({ dialect: new SqliteDialect({ database: toKyselyDatabase(database) }) })
  await migrateLog(database, db, path, { migrations, now: () => 0 })
})

afterEach(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

it('a database that may not grow refuses a step as a full disk does, whole, and takes it once it may', async () => {
  await insertTrace(db, newTrace('a'), 0)
  const { step, weave } = plainInsertion(0, 4096)
  database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`)
  await expect(withLogErrors(path, () => insertSteps(db, traceId('a'), [{ step, weave }], 1))).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'disk-full' })
  expect(await selectTrace(db, path, traceId('a'))).toMatchObject({ header: { stepCount: 0, weaveCount: 0, preview: '' }, steps: [], weaves: [] })

  database.pragma('max_page_count = 1000000')
  await insertSteps(db, traceId('a'), [{ step, weave }], 1)
  expect((await selectTrace(db, path, traceId('a')))?.steps).toEqual([step])
})

it('a database that may not grow refuses a branch whole, and takes it once it may', async () => {
  await insertTrace(db, newTrace('a'), 0)
  for (const index of [0, 1, 2]) {
    const { step, weave } = plainInsertion(index, 4096)
    await insertSteps(db, traceId('a'), [{ step, weave }], 1)
  }
  database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`)
  await expect(withLogErrors(path, () => insertTrace(db, newBranch('b', 'a', 3), 2))).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'disk-full' })
  expect(await selectTrace(db, path, traceId('b'))).toBeUndefined()
  expect(database.prepare("select count(*) from step where trace_id = 'b'").pluck().get()).toBe(0)

  database.pragma('max_page_count = 1000000')
  await insertTrace(db, newBranch('b', 'a', 3), 2)
  expect((await selectTrace(db, path, traceId('b')))?.weaves).toEqual((await selectTrace(db, path, traceId('a')))?.weaves)
})

it('the connection flushes every commit to the disk and keeps foreign keys', () => {
  const FULL = 2
  expect(database.pragma('synchronous', { simple: true })).toBe(FULL)
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(database.pragma('foreign_keys', { simple: true })).toBe(1)
})
