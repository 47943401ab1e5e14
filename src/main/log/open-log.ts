/** @file Opens the experiment log: one SQLite file, made or migrated as needed. Does not know who writes to it or what a step means. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { Kysely, type Migration, SqliteDialect } from 'kysely'
import type { TraceHeader } from '../../shared/domain/trace.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { insertDonatedLatents, selectDonatedLatents } from './donors.ts'
import { isBusy, logUnavailable, LogUnavailableError, withLogErrors } from './errors.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { selectIds } from './find-ids.ts'
import { selectModels, trashModel, upsertModel } from './library-models.ts'
import { checkVersion, migrateLog } from './migrate-log.ts'
import { selectPlacements, upsertPlacement } from './model-placements.ts'
import { migrations as ownMigrations } from './migrations/index.ts'
import { QueryProcess } from './query-process.ts'
import { selectBranches, selectTraceIds } from './read-branches.ts'
import { selectOverview } from './read-overview.ts'
import { selectHeader, selectStepsBetween, selectStepsFrom, selectTrace, selectTraces } from './read-traces.ts'
import type { LogTables } from './schema.ts'
import { configureReading, configureSqlite, openSqlite, readArrays, toKyselyDatabase } from './sqlite-database.ts'
import { buildEvaluationLog } from './build-evaluation-log.ts'
import { buildCurveLog } from './imported-curves.ts'
import { buildSweepLog } from './build-sweep-log.ts'
import { buildTrainingLog } from './build-training-log.ts'
import { buildPromptLibrary } from './saved-prompts.ts'
import { insertCertificate, insertSteps, insertTrace, updateFinish } from './write-traces.ts'

export interface OpenLogOptions {
  /**
   * Unix milliseconds, UTC.
   * @default Date.now
   */
  readonly now?: () => number
  /**
   * How long a call waits for another program's lock before it fails with reason 'locked'.
   * @default 2000
   */
  readonly busyTimeoutMs?: number
  /**
   * The schema's history, for tests of migrations.
   * @default this app's own
   */
  readonly migrations?: Readonly<Record<string, Migration>>
}

/** Between attempts to open while another app is creating or recovering the same file. */
const OPEN_RETRY_MS = 20

/** A person waits for a query; one over a million results takes half a second. */
const QUERY_LIMIT_MS = 5_000

/**
 * A log of a newer version can be read only: every write throws {@link LogUnavailableError} with reason 'newer-version'.
 *
 * @throws {LogUnavailableError}
 */
export async function openLog(path: string, options: OpenLogOptions = {}): Promise<ExperimentLog> {
  const { now = Date.now, busyTimeoutMs = 2_000, migrations = ownMigrations } = options
  const file = resolve(path)
  return withLogErrors(file, async () => {
    mkdirSync(dirname(file), { recursive: true })
    refuseLostDatabase(file)
    const database = openSqlite(file, { busyTimeoutMs: 0 })
    try {
      const kysely = connect(database)
      const refusal = await retryWhileBusy(busyTimeoutMs, async () => {
        const newer = newerVersion(database, file, migrations)
        if (newer !== null) return newer
        configureSqlite(database, { busyTimeoutMs: 0 })
        accessSync(file, constants.W_OK)
        await migrateLog(database, kysely, file, { migrations, now })
        return null
      })
      if (refusal === null) {
        configureSqlite(database, { busyTimeoutMs })
        return buildLog(file, database, kysely, { refusal, now })
      }
      configureReading(database, { busyTimeoutMs })
      return buildLog(file, database, connect(database, () => logUnavailable(file, 'newer-version')), { refusal: refusal.message, now })
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/** What keeps this version from writing; it can still read, since columns are only ever added. */
function newerVersion(database: Database, file: string, migrations: Readonly<Record<string, Migration>>): LogUnavailableError | null {
  try {
    checkVersion(database, file, migrations)
    return null
  } catch (error) {
    if (error instanceof LogUnavailableError && error.reason === 'newer-version') return error
    throw error
  }
}

function connect(database: Database, refuseWrite?: () => Error): Kysely<LogTables> {
  return new Kysely({ dialect: new SqliteDialect({ database: toKyselyDatabase(database, refuseWrite) }) })
}

/** An empty database file makes SQLite delete its write-ahead log, and with it the steps that are only there. */
function refuseLostDatabase(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  const walSize = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0 && walSize > 0) throw logUnavailable(file, 'corrupt', new Error(`it is empty, but ${file}-wal holds ${walSize} bytes`))
}

/**
 * Opening waits for other programs without blocking this one: the other may be migrating a large log. SQLite's own
 * waiting would also not cover the switch to write-ahead logging.
 */
async function retryWhileBusy<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += OPEN_RETRY_MS) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= timeoutMs) throw error
      await setTimeout(OPEN_RETRY_MS)
    }
  }
}

function buildLog(path: string, database: Database, db: Kysely<LogTables>, { refusal, now }: { refusal: string | null; now: () => number }): ExperimentLog {
  const queries = new QueryProcess(path)
  const headerAfterWrite = async (traceId: TraceId): Promise<TraceHeader> => {
    const header = await selectHeader(db, path, traceId)
    if (header === undefined) throw new Error(`internal: trace ${traceId} was written but cannot be found`)
    return header
  }
  return {
    path,
    refusal,
    training: buildTrainingLog(path, db, now),
    prompts: buildPromptLibrary(path, db, now),
    sweeps: buildSweepLog(path, db, now),
    curves: buildCurveLog(path, db, now),
    evaluations: buildEvaluationLog(path, db, (sql, { limitMs = QUERY_LIMIT_MS } = {}) => queries.run(sql, limitMs), now),
    createTrace: (trace) =>
      withLogErrors(path, async () => {
        await insertTrace(db, trace, now())
        return headerAfterWrite(trace.id)
      }),
    commitSteps: (traceId, steps) => withLogErrors(path, () => insertSteps(db, traceId, steps, now())),
    finishTrace: (traceId, finish, error) =>
      withLogErrors(path, async () => {
        await updateFinish(db, traceId, finish, error, now())
        return headerAfterWrite(traceId)
      }),
    stampTrace: (traceId, certificate) =>
      withLogErrors(path, async () => {
        await insertCertificate(db, traceId, certificate)
        return headerAfterWrite(traceId)
      }),
    saveDonatedLatents: (origin, latents) => withLogErrors(path, () => db.transaction().execute((tx) => insertDonatedLatents(tx, origin, latents))),
    donatedLatentsOf: (origin) => withLogErrors(path, () => selectDonatedLatents(db, path, origin)),
    listTraces: (query) => withLogErrors(path, () => selectTraces(db, path, query)),
    getTraceHeader: (traceId) => withLogErrors(path, () => selectHeader(db, path, traceId)),
    getTrace: (traceId) => withLogErrors(path, () => selectTrace(db, path, traceId)),
    getOverview: (traceId) => withLogErrors(path, () => selectOverview(db, (query) => readArrays(database, query), path, traceId)),
    stepsBetween: (traceId, from, to) => withLogErrors(path, () => selectStepsBetween(db, path, traceId, from, to)),
    stepsFrom: (traceId, index) => withLogErrors(path, () => selectStepsFrom(db, path, traceId, index)),
    listBranches: (traceId) => withLogErrors(path, () => selectBranches(db, path, traceId)),
    listTraceIds: (runId) => withLogErrors(path, () => selectTraceIds(db, path, runId)),
    findIds: (kind, beginning) => withLogErrors(path, () => selectIds(db, kind, beginning)),
    listModels: () => withLogErrors(path, () => selectModels(db, path)),
    addModel: (model) =>
      withLogErrors(path, async () => {
        await upsertModel(db, model, now())
        return { ...model, isBundled: false, examples: [] }
      }),
    listPlacements: () => withLogErrors(path, () => selectPlacements(db, path)),
    placeModel: (modelId, placement) => withLogErrors(path, () => upsertPlacement(db, modelId, placement, now())),
    removeModel: (modelId) => withLogErrors(path, () => trashModel(db, modelId, now())),
    async close() {
      await queries.close()
      await db.destroy()
      // kysely closes only what it has used.
      if (database.open) database.close()
    },
  }
}
