/** @file docs/log-schema.md says what the log really holds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationRunId, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import { newTrainingRun, stepEvent } from '../../../test/support/recorded-training.ts'
import { newBranch, newTrace, plainInsertion, plainStep, traceId } from '../../../test/support/recorded-trace.ts'
import { sweepSchema } from '../../shared/domain/sweep.ts'
import { openLog } from './open-log.ts'

const page = readFileSync(new URL('../../../docs/log-schema.md', import.meta.url), 'utf8')
const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query)

let folder: string
let database: Database.Database

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  const path = join(folder, 'log.sqlite')
  const log = await openLog(path)
  await log.createTrace(newTrace('a'))
  const { step, weave } = plainInsertion(0)
  await log.commitSteps(traceId('a'), [{ step: { ...step, gateReason: 'the prompt ends here' }, weave }])
  await log.commitSteps(traceId('a'), [{ step: plainStep(1, { twin: { tokenId: 7, text: ' so', logprob: -2, kl: 0.5 } }), weave: null }])
  await log.createTrace(newBranch('b', 'a', 1))
  const sweep = sweepSchema.parse({ id: 's', request: { modelId: 'sample', prompt: { kind: 'text', text: '2 + 3' }, config: {} }, modelName: 'Sample', status: 'running', error: null, candidateCount: 1, candidateLabels: [''], total: 1, done: 0, createdAt: 0, updatedAt: 0 })
  await log.sweeps.create(sweep)
  await log.sweeps.addOutcome(sweep.id, { candidates: [0], text: '5', tokenCount: 1, insertionCount: 1, candidateCount: 1, finish: 'eos', error: null, score: 1 })
  const run = newTrainingRun('a')
  await log.training.createRun(run, 7)
  await log.training.startAttempt(run.id, 0)
  await log.training.commitEvent(run.id, 1, { kind: 'started', fromStep: 0, totalSteps: 2, stepsPerEpoch: 2 })
  await log.training.commitEvent(run.id, 1, stepEvent(1))
  const [evaluated] = await recordEvaluation(log.evaluations, { samples: 3 })
  const runId = evaluated?.id ?? evaluationRunId('none')
  for (const { sampleId, repeat, reward } of await log.evaluations.summariesOf(runId)) await log.evaluations.audit({ runId, sampleId, repeat }, { isRight: reward !== 1, failureMode: null })
  await log.close()
  database = new Database(path, { readonly: true })
})

afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

/** Columns by table, from the page's tables under `### name`. */
function describedColumns(): Record<string, string[]> {
  const sections = page.split(/^### /m).slice(1)
  return Object.fromEntries(sections.map((section) => [section.split('\n', 1)[0] ?? '', [...section.matchAll(/^\| `(\w+)`/gm)].map(([, column = '']) => column)]))
}

it('describes every table and column, and no other', () => {
  const tables = database.prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'kysely%'").pluck().all()
  const actual = Object.fromEntries(tables.map((table) => [table, database.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table)]))
  expect(describedColumns()).toEqual(actual)
})

describe('its queries', () => {
  it.each(queries)('find something in a log with a trace, its branch, a sweep, a training run and an evaluation: %s', (query) => {
    expect(database.prepare(query).all()).not.toEqual([])
  })

  it('are all found', () => expect(queries).toHaveLength(16))
})
