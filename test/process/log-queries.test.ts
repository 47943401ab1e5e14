/** @file Queries that people write: they read, one at a time, and are stopped when they take too long. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExperimentLog, openLog } from '../../src/main/log/index.ts'
import { recordEvaluation } from '../support/recorded-evaluation.ts'

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n)'

let folder: string
let log: ExperimentLog

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  log = await openLog(join(folder, 'log.sqlite'))
  await recordEvaluation(log.evaluations, { runs: 2, samples: 5 })
})

afterAll(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

it.each([
  ["select id from evaluation_run where policy = 'trigger'", ['experiment-1']],
  ['-- by policy\n/* all */ SELECT policy, id FROM evaluation_run ORDER BY 1 DESC;', ['vanilla', 'trigger']],
  ['with own as (select id from evaluation_run) select id from own order by id', ['experiment-0', 'experiment-1']],
  ['select id from evaluation_run where 0', []],
  ['select count(*) from evaluation_run union all select null', ['2', 'null']],
])('gives the first column of: %s', async (sql, expected) => {
  expect(await log.evaluations.query(sql)).toEqual(expected)
})

it('sees what was committed since the query before', async () => {
  await recordEvaluation(log.evaluations, { id: 'later', runs: 1, samples: 5 })
  expect(await log.evaluations.query("select id from evaluation_run where id = 'later-0'")).toEqual(['later-0'])
})

describe('is refused in words:', () => {
  it.each([
    ['selec 1', 'a query begins with SELECT or WITH'],
    ['', 'a query begins with SELECT or WITH'],
    ['select id from nowhere', 'no such table: nowhere'],
    ['select 1; select 2', 'The supplied SQL string contains more than one statement'],
    ['select 1; drop table evaluation_run', 'The supplied SQL string contains more than one statement'],
    ["pragma journal_mode = 'delete'", 'a query begins with SELECT or WITH'],
    ["attach 'other.sqlite' as other", 'a query begins with SELECT or WITH'],
    ['delete from evaluation_run', 'a query begins with SELECT or WITH'],
    ["with gone as (select 1) delete from evaluation_run returning id", 'a query may only read'],
    ["select load_extension('x')", 'not authorized'],
    [`${endless} select i from n`, 'a query may give 100000 rows'],
  ])('%s', async (sql, problem) => {
    await expect(log.evaluations.query(sql)).rejects.toMatchObject({ name: 'QueryError', message: expect.stringContaining(problem) as string })
    expect(await log.evaluations.query('select count(*) > 1 from evaluation_run')).toEqual(['1'])
  })
})

it('is stopped at its limit, and the next one is answered', async () => {
  const slow = log.evaluations.query(`${endless} select max(i) from n`, { limitMs: 300 })
  const next = log.evaluations.query('select count(*) > 1 from evaluation_run')
  await expect(slow).rejects.toMatchObject({ name: 'QueryError', message: 'the query took longer than 0.3 s and was stopped' })
  expect(await next).toEqual(['1'])
})
