/** @file What the log says and keeps when its file or its disk is not as it should be. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ExperimentLog, openLog } from '../../src/main/log/index.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import { runViewSchema } from '../../src/shared/domain/run-view.ts'
import { evaluationRunId, recordEvaluation } from '../support/recorded-evaluation.ts'
import { newBranch, newTrace, plainInsertion, plainStep, traceId } from '../support/recorded-trace.ts'

const DISK_BYTES = 2 * 1024 * 1024

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true }))

/** A log with trace 'a' of `steps` steps, closed. */
async function writeLog(steps = 20): Promise<void> {
  const log = await openLog(path)
  await log.createTrace(newTrace('a'))
  for (let index = 0; index < steps; index++) await log.commitSteps(traceId('a'), [{ step: plainStep(index), weave: null }])
  await log.close()
}

/** Commits insertions to trace 'a' until one fails; returns how many are recorded and the failure. */
async function fillUntilFailure(log: ExperimentLog): Promise<{ committed: number; failure: unknown }> {
  for (let committed = 0; ; committed++) {
    const { step, weave } = plainInsertion(committed, 1024)
    try {
      await log.commitSteps(traceId('a'), [{ step, weave }])
    } catch (failure) {
      return { committed, failure }
    }
  }
}

describe('a locked database', () => {
  it('can be read, refuses a step as locked, and takes the same step once it is free', async () => {
    await writeLog(2)
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    const log = await openLog(path, { busyTimeoutMs: 50 })
    await expect(log.commitSteps(traceId('a'), [{ step: plainStep(2), weave: null }])).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'locked', path })
    expect((await log.getTrace(traceId('a')))?.steps).toHaveLength(2)
    other.close()
    await log.commitSteps(traceId('a'), [{ step: plainStep(2), weave: null }])
    expect((await log.getTrace(traceId('a')))?.steps).toHaveLength(3)
    await log.close()
  })

  it('is named when another program keeps it to itself', async () => {
    await writeLog(2)
    const other = new Database(path)
    other.pragma('locking_mode = EXCLUSIVE')
    other.exec('BEGIN IMMEDIATE')
    await expect(openLog(path, { busyTimeoutMs: 50 })).rejects.toMatchObject({ reason: 'locked', path, message: expect.stringContaining('another program holds the database') as string })
    other.close()
    await (await openLog(path)).close()
  })
})

describe('a database of another version', () => {
  it('can be read when it is newer, says why it cannot be written, and is not changed by a byte', async () => {
    await writeLog()
    const plain = await openLog(path)
    expect(plain.refusal).toBeNull()
    await recordEvaluation(plain.evaluations, { runs: 1, samples: 2 })
    await plain.close()
    const database = new Database(path)
    database.exec("insert into kysely_migration values ('9999-from-the-future', '2099-01-01T00:00:00.000Z')")
    database.exec('alter table evaluation_run add column colour text')
    database.close()
    const before = readFileSync(path)

    const log = await openLog(path)
    expect(log.refusal).toContain('a newer version of the app wrote this log')
    expect(log.refusal).toContain('9999-from-the-future')
    expect((await log.getTrace(traceId('a')))?.steps).toHaveLength(20)
    expect(await log.listTraces({ limit: 10, before: null, search: 'WORD1', modelId: null })).toMatchObject({ total: 1 })
    const [run] = await log.evaluations.listRuns()
    expect(run).toMatchObject({ id: 'experiment-0', totals: { done: 2 } })
    expect(await log.evaluations.query('select count(*) from evaluation_result')).toEqual(['2'])
    expect(await log.listModels()).toEqual([])
    const refused = { name: 'LogUnavailableError', reason: 'newer-version', path }
    await expect(log.commitSteps(traceId('a'), [{ step: plainStep(20), weave: null }])).rejects.toMatchObject(refused)
    await expect(log.createTrace(newTrace('b'))).rejects.toMatchObject(refused)
    await expect(log.evaluations.saveView('mine', runViewSchema.parse({ columns: [] }))).rejects.toMatchObject(refused)
    await expect(log.evaluations.audit({ runId: evaluationRunId('experiment-0'), sampleId: 'sample-0', repeat: 0 }, null)).rejects.toMatchObject(refused)
    await expect(log.removeModel('m' as ModelId)).rejects.toMatchObject(refused)
    expect((await log.getTrace(traceId('a')))?.steps).toHaveLength(20)
    await log.close()

    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(folder)).toEqual(['log.sqlite'])
  })

  it('is refused when it is not a log at all', async () => {
    const database = new Database(path)
    database.exec('create table bookmarks (url text)')
    database.close()
    const before = readFileSync(path)
    await expect(openLog(path)).rejects.toMatchObject({ reason: 'other', message: expect.stringContaining('is not an experiment log') as string })
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})

describe('a damaged file', () => {
  it('that is no database is refused and left as it is', async () => {
    writeFileSync(path, 'this was never a database, but it is longer than a hundred bytes. '.repeat(4))
    await expect(openLog(path)).rejects.toMatchObject({ reason: 'corrupt', path })
    expect(readFileSync(path, 'utf8')).toContain('this was never a database')
  })

  it.each([0.3, 0.5, 0.9])('that was truncated to %f of its size is refused and left as it is', async (share) => {
    await writeLog(200)
    const size = Math.floor(statSync(path).size * share)
    truncateSync(path, size)
    await expect(openLog(path)).rejects.toMatchObject({ reason: 'corrupt', path })
    expect(statSync(path).size).toBe(size)
  })

  it('that is empty beside a write-ahead log is refused before SQLite deletes what is in that', async () => {
    const log = await openLog(path)
    await log.createTrace(newTrace('a'))
    const lost = join(folder, 'lost.sqlite')
    writeFileSync(lost, '')
    copyFileSync(`${path}-wal`, `${lost}-wal`)
    await log.close()
    await expect(openLog(lost)).rejects.toMatchObject({ reason: 'corrupt', path: lost })
    expect(statSync(`${lost}-wal`).size).toBeGreaterThan(0)
  })

  it('whose write-ahead log lost its last bytes keeps every step before them', async () => {
    const log = await openLog(path)
    await log.createTrace(newTrace('a'))
    for (let index = 0; index < 5; index++) await log.commitSteps(traceId('a'), [{ step: plainStep(index), weave: null }])
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(path, copy)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    await log.close()
    truncateSync(`${copy}-wal`, statSync(`${copy}-wal`).size - 100)
    const reopened = await openLog(copy)
    expect((await reopened.getTrace(traceId('a')))?.steps).toEqual([0, 1, 2, 3].map((index) => plainStep(index)))
    await reopened.close()
  })
})

describe('a place that cannot be written', () => {
  // /sys refuses new files to every user, the superuser included; the temporary folder would not.
  it.runIf(existsSync('/sys/kernel'))('is named', async () => {
    await expect(openLog('/sys/kernel/log.sqlite')).rejects.toMatchObject({ reason: 'read-only', path: '/sys/kernel/log.sqlite' })
    await expect(openLog('/sys/kernel/folder/log.sqlite')).rejects.toMatchObject({ reason: 'read-only' })
  })

  it('that is a folder or lies under a file is named', async () => {
    mkdirSync(path)
    await expect(openLog(path)).rejects.toMatchObject({ reason: 'other', path })
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expect(openLog(join(file, 'log.sqlite'))).rejects.toMatchObject({ reason: 'other' })
  })
})

// A real disk that is full. Where none can be mounted, src/main/log/write-traces.test.ts still tests the same by a page limit.
describe.runIf(canMountDisk())('a disk', () => {
  let disk: string

  beforeEach(() => {
    disk = join(folder, 'disk')
    mkdirSync(disk)
    mountDisk(disk)
    path = join(disk, 'log.sqlite')
  })

  afterEach(() => execFileSync('umount', [disk]))

  it('that is full refuses the step that does not fit, keeps all before it, and takes it once there is room', async () => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2))
    const log = await openLog(path)
    await log.createTrace(newTrace('a'))
    const { committed, failure } = await fillUntilFailure(log)
    expect(failure).toMatchObject({ name: 'LogUnavailableError', reason: 'disk-full', path })
    expect(committed).toBeGreaterThan(0)
    expect((await log.getTrace(traceId('a')))?.steps).toHaveLength(committed)

    rmSync(ballast)
    const { step, weave } = plainInsertion(committed, 1024)
    await log.commitSteps(traceId('a'), [{ step, weave }])
    expect((await log.getTrace(traceId('a')))?.weaves).toHaveLength(committed + 1)
    await log.close()
  })

  it('that is full refuses a branch that does not fit, whole, and takes it once there is room', async () => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2))
    const log = await openLog(path)
    await log.createTrace(newTrace('a'))
    const { committed } = await fillUntilFailure(log)
    await expect(log.createTrace(newBranch('b', 'a', committed))).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'disk-full', path })
    expect(await log.getTraceHeader(traceId('b'))).toBeUndefined()
    expect((await log.listBranches(traceId('a')))?.map(({ stepCount }) => stepCount)).toEqual([committed])

    rmSync(ballast)
    expect(await log.createTrace(newBranch('b', 'a', committed))).toMatchObject({ stepCount: committed, weaveCount: committed })
    expect(await log.stepsFrom(traceId('b'), 0)).toEqual(await log.stepsFrom(traceId('a'), 0))
    await log.close()
  })

  it.each([0, 8192, 40_960])('that is full is named when a new log finds only %i bytes', async (room) => {
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(DISK_BYTES - room))
    await expect(openLog(path)).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'disk-full', path })
  })

  it('that may only be read is named, for a log that is there and for one in a folder to be made', async () => {
    await writeLog()
    execFileSync('mount', ['-o', 'remount,ro', disk])
    for (const file of [path, join(disk, 'folder', 'log.sqlite')]) {
      await expect(openLog(file)).rejects.toMatchObject({ name: 'LogUnavailableError', reason: 'read-only', path: file })
    }
  })
})

function mountDisk(disk: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk], { stdio: 'ignore' })
}

/** Only the superuser of a Linux that allows it. */
function canMountDisk(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'memgen-disk-'))
  try {
    mountDisk(probe)
    execFileSync('umount', [probe])
    return true
  } catch {
    // The answer is the point: mount reports "no" by failing.
    return false
  } finally {
    rmSync(probe, { recursive: true })
  }
}
