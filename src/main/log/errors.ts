/** @file How the log fails, and SQLite's result codes turned into reasons a user can act on. Does not know any query. */
import { accessSync, closeSync, constants, existsSync, openSync, rmSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { codeOf } from '../../shared/error-code.ts'
import type { declaredErrors } from '../../shared/errors.ts'

export type LogUnavailableReason = z.infer<(typeof declaredErrors.LOG_UNAVAILABLE)['data']>['reason']

/** The log's file cannot be used now. Everything committed before is still in it; a failed call changed nothing. */
export class LogUnavailableError extends Error {
  override readonly name: string = 'LogUnavailableError'
  readonly path: string
  readonly reason: LogUnavailableReason

  constructor(path: string, reason: LogUnavailableReason, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options)
    this.path = path
    this.reason = reason
  }
}

/** One value in the log is not what the schema says, so the record it belongs to cannot be shown as it was. */
export class LogRowError extends LogUnavailableError {
  override readonly name = 'LogRowError'
  readonly table: string
  readonly id: string
  readonly column: string

  constructor(path: string, place: { table: string; id: string; column: string }, problem: string) {
    super(path, 'corrupt', `table ${place.table}, row ${place.id}, column ${place.column}: ${problem}`)
    this.table = place.table
    this.id = place.id
    this.column = place.column
  }
}

/** A write would leave a gap in a trace, overwrite something recorded, or add to a trace that does not exist or has finished. */
export class TraceConflictError extends Error {
  override readonly name = 'TraceConflictError'
  readonly traceId: string

  constructor(traceId: string, problem: string) {
    super(`trace ${traceId}: ${problem}`)
    this.traceId = traceId
  }
}

/** A training run is in the hand of another process, exists already, or does not exist. */
export class TrainingConflictError extends Error {
  override readonly name = 'TrainingConflictError'
  readonly runId: string

  constructor(runId: string, problem: string) {
    super(`training run ${runId}: ${problem}`)
    this.runId = runId
  }
}

/** A query that a person wrote cannot be run, or was stopped; the message says why in SQLite's words. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
}

const problems: Record<LogUnavailableReason, string> = {
  'disk-full': 'the disk is full; this write was not made, everything before it is kept. Free some space and go on',
  locked: 'another program holds the database; this call changed nothing. Close that program or let it finish, then try again',
  'newer-version': 'a newer version of the app wrote this log. What it holds can be read here, but nothing can be added: open it with that version; nothing was changed',
  corrupt: 'this is not a readable SQLite database, or it is damaged; nothing was changed. A copy may be saved with: sqlite3 FILE ".recover"',
  'read-only': 'the log can be neither created nor written here. Check the permissions of the file and of its folder',
  other: 'the log cannot be used',
}

/** SQLite's primary result codes and the operating system's, https://sqlite.org/rescode.html. */
const reasonOfCode = new Map<string, LogUnavailableReason>([
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_PROTOCOL', 'locked'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_IOERR', 'other'],
  ['SQLITE_NOMEM', 'other'],
  ['SQLITE_TOOBIG', 'other'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EROFS', 'read-only'],
  // Node makes folders from the outermost inwards and reports a read-only disk as a missing parent.
  ['ENOENT', 'read-only'],
  ['EEXIST', 'other'],
  ['ENOTDIR', 'other'],
])

export function logUnavailable(path: string, reason: LogUnavailableReason, cause?: unknown): LogUnavailableError {
  const detail = cause instanceof Error ? ` (${cause.message})` : ''
  return new LogUnavailableError(path, reason, `${problems[reason]}${detail}`, { cause })
}

/** The error to throw for whatever `cause` is; what is not a failure of the database file comes back unchanged. */
export function toLogError(path: string, cause: unknown): unknown {
  const code = codeOf(cause)
  if (code === null) return cause
  if (code.startsWith('SQLITE_CANTOPEN')) return logUnavailable(path, whyNotOpened(path), cause)
  if (code.startsWith('SQLITE_IOERR') && isDiskFull(path)) return logUnavailable(path, 'disk-full', cause)
  const reason = reasonOfCode.get(code) ?? reasonOfCode.get(primaryCode(code))
  return reason === undefined ? cause : logUnavailable(path, reason, cause)
}

/** Runs `work`; failures of the database file come out as {@link LogUnavailableError}. */
export async function withLogErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw toLogError(path, cause)
  }
}

export function isBusy(cause: unknown): boolean {
  return codeOf(cause)?.startsWith('SQLITE_BUSY') ?? false
}

/** `SQLITE_BUSY_SNAPSHOT` is a kind of `SQLITE_BUSY`. */
function primaryCode(code: string): string {
  return code.split('_').slice(0, 2).join('_')
}

/** SQLite only says that it could not open a file; opening it once more tells the operating system's reason. */
function whyNotOpened(path: string): LogUnavailableReason {
  const existed = existsSync(path)
  try {
    closeSync(openSync(path, 'a'))
    if (!existed) rmSync(path)
    // The write-ahead log is a new file beside the database.
    accessSync(dirname(path), constants.W_OK)
    return 'other'
  } catch (cause) {
    return reasonOfCode.get(codeOf(cause) ?? '') ?? 'other'
  }
}

/** Less room than the 32 KiB index that SQLite keeps beside a write-ahead log: failing to make it is an I/O error, not SQLITE_FULL. */
function isDiskFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize < 32 * 1024
}
