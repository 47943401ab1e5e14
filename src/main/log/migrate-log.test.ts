/** @file A log of an earlier version is copied, then brought up to date, or left as it was. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Migration } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { evaluationRunId, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import { newBranch, newTrace, plainStep, traceId } from '../../../test/support/recorded-trace.ts'
import { migrations } from './migrations/index.ts'
import { openLog } from './open-log.ts'

const added: Migration = {
  async up(db) {
    await db.schema.createTable('added').addColumn('id', 'text').execute()
  },
}
const later = { ...migrations, '9999-added': added }

let folder: string
let path: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  const log = await openLog(path)
  await log.createTrace(newTrace('a'))
  await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
  await log.close()
})

afterEach(() => rmSync(folder, { recursive: true }))

const backups = () => readdirSync(folder).filter((name) => name.includes('.before-'))

it('a new log and one that is up to date make no backup', async () => {
  await (await openLog(path)).close()
  expect(readdirSync(folder)).toEqual(['log.sqlite'])
})

it('an older log is backed up as it was, and keeps its traces', async () => {
  const log = await openLog(path, { migrations: later, now: () => 5 })
  expect((await log.getTrace(traceId('a')))?.steps).toEqual([plainStep(0)])
  await log.close()
  expect(backups()).toEqual(['log.sqlite.before-9999-added-5'])

  const backup = await openLog(join(folder, 'log.sqlite.before-9999-added-5'))
  expect((await backup.getTrace(traceId('a')))?.steps).toEqual([plainStep(0)])
  await backup.close()
})

it('a migration that fails leaves the log as it was', async () => {
  const broken: Migration = {
    async up(db) {
      await added.up(db)
      await db.schema.dropTable('step').execute()
      throw new Error('the migration broke')
    },
  }
  await expect(openLog(path, { migrations: { ...migrations, '9999-broken': broken } })).rejects.toThrow('the migration broke')
  const log = await openLog(path)
  expect((await log.getTrace(traceId('a')))?.steps).toEqual([plainStep(0)])
  await log.close()
})

it('two apps that find the same older log migrate it once', async () => {
  const logs = await Promise.all([openLog(path, { migrations: later }), openLog(path, { migrations: later })])
  await Promise.all(logs.map((log) => log.close()))
  expect(backups()).toHaveLength(1)
})

it('an app that runs an earlier version keeps working until it is closed, and only reads after that', async () => {
  const earlier = await openLog(path)
  await (await openLog(path, { migrations: later })).close()
  await earlier.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])
  await earlier.close()
  const again = await openLog(path)
  await expect(again.commitSteps(traceId('a'), [{ step: plainStep(2), weave: null }])).rejects.toMatchObject({ reason: 'newer-version' })
  expect((await again.getTrace(traceId('a')))?.steps).toHaveLength(2)
  await again.close()
})

it('a log from before there were branches keeps its traces, which can be forked from then on', async () => {
  const oldPath = join(folder, 'old.sqlite')
  const old = ['0001-traces', '0002-training', '0003-weave-intervention']
  await (await openLog(oldPath, { migrations: Object.fromEntries(Object.entries(migrations).filter(([name]) => old.includes(name))) })).close()
  const { intervention: _, ...config } = newTrace('old').config // which came later
  const database = new Database(oldPath)
  database.prepare("insert into run values ('run of old', 'sample', 'Sample', ?, 1)").run(JSON.stringify(config))
  database.exec(`
    insert into trace values ('old', 'run of old', 'eos', null, 1, 1, ' five', 1, 2);
    insert into prompt values ('old', 'text', '2 + 3', null, '2 + 3', '[]');
    insert into weave values ('old', 'w', 0, 'prompt', 5, 1, 1, x'0000803f', 1, 1, x'0000803f', '[1]', '[1]', '[[]]', null);
    insert into step values ('old', 0, 5, ' five', -1, 1, '[]', 1, null, null, null, null, 1, 'policy', 0, 'w', '{"token":[],"trigger":[],"policy":[]}', 1, 1, 1);
  `)
  database.close()

  const log = await openLog(oldPath, { now: () => 5 })
  const trace = await log.getTrace(traceId('old'))
  expect(trace).toMatchObject({ header: { parent: null, changes: [], certificate: null, finish: 'eos', placement: null }, steps: [{ tokenId: 5, twin: null }], weaves: [{ id: 'w', norms: [1] }] })
  expect((await log.getOverview(traceId('old')))?.weaves).toEqual([{ id: 'w', stepIndex: 0, kind: 'prompt', contextLength: 5, norms: [1] }])
  await log.createTrace(newBranch('branch', 'old', 1))
  expect(await log.getTrace(traceId('branch'))).toMatchObject({ header: { preview: ' five', finish: null }, steps: trace?.steps, weaves: trace?.weaves })
  expect(await log.prompts.list()).toEqual([])
  await log.close()
  expect(backups()).toEqual(['old.sqlite.before-0004-branches-5'])
})

it('a log from before donors were recorded keeps its results, whose records name none', async () => {
  const log = await openLog(path)
  const [run] = await recordEvaluation(log.evaluations, { runs: 1, samples: 1 })
  await log.close()
  const database = new Database(path)
  database.exec("alter table evaluation_turn drop column donors; drop table evaluation_donor; drop table donated_latents; alter table training_run drop column trashed_at; delete from kysely_migration where name >= '0008-donors'")
  database.close()

  const migrated = await openLog(path, { now: () => 5 })
  const runId = run?.id ?? evaluationRunId('none')
  expect((await migrated.evaluations.getResult({ runId, sampleId: 'sample-0', repeat: 0 }))?.turns[0]?.record.donors).toBeNull()
  expect(await migrated.evaluations.donorsOf(runId)).toEqual([])
  await migrated.close()
  expect(backups()).toEqual(['log.sqlite.before-0008-donors-5'])
})
