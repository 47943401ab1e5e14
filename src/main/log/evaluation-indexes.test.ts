/** @file What views ask of a log with a million results is answered through indexes; only the plans are looked at, not the time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { evaluationPlan, evaluationResult, evaluationRunId, evaluationSample, evaluationStamp, randomOf, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import type { EvaluationLog } from './evaluation-log.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

const runId = evaluationRunId('experiment-1')
const key = { runId, sampleId: 'sample-1', repeat: 0 }
const page = { runId, search: '', offset: 0, limit: 10 }
const plan = evaluationPlan({ policy: { kind: 'trigger' }, seed: 42, repeats: 1, latents: 'projected' })

/** Tables whose rows grow with results: none of them may be read from end to end. */
const growing = ['evaluation_result', 'evaluation_output', 'evaluation_turn', 'evaluation_latents', 'evaluation_former_judgement', 'evaluation_verdict', 'dataset_sample', 'donated_latents', 'trace', 'step']

let folder: string
let path: string
let log: ExperimentLog

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  log = await openLog(path)
  await recordEvaluation(log.evaluations, { samples: 5 })
})

afterAll(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** Every statement that `work` runs. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const prepare = vi.spyOn(Database.prototype, 'prepare')
  // Statements are kept: only a log of its own prepares each anew.
  const fresh = await openLog(path)
  const before = prepare.mock.calls.length
  try {
    current = fresh.evaluations
    await work()
    return prepare.mock.calls.slice(before).map(([source]) => source)
  } finally {
    prepare.mockRestore()
    await fresh.close()
  }
}

let current: EvaluationLog

function scansOf(statement: string): string[] {
  const database = new Database(path, { readonly: true })
  database.function('lower', { deterministic: true }, (text: unknown) => text)
  const steps = database.prepare<unknown[], { detail: string }>(`explain query plan ${statement}`).all(...Array.from({ length: (statement.match(/\?/g) ?? []).length }, () => 0))
  database.close()
  return steps.map(({ detail }) => detail).filter((detail) => growing.some((table) => new RegExp(`^SCAN ${table}\\b`).test(detail)))
}

it.each<[string, () => Promise<unknown>]>([
  ['the list of runs', () => current.listRuns()],
  ['the list of experiments', () => current.listExperiments()],
  ['a run', () => current.getRun(runId)],
  ['results of a run', () => current.listResults({ ...page, show: 'all' })],
  ['results that contain a text', () => current.listResults({ ...page, show: 'wrong', search: 'sum' })],
  ['disputed results', () => current.listResults({ ...page, show: 'disputed' })],
  ['what is done', () => current.doneKeys(runId)],
  ['every result', () => Array.fromAsync(current.resultsOf(runId))],
  ['summaries', () => current.summariesOf(runId)],
  ['results of samples', () => current.resultsOfSamples(runId, ['sample-1', 'sample-2'])],
  ['a result', () => current.getResult(key)],
  ['turns', () => Array.fromAsync(current.turnsOf(runId))],
  ['places', () => Array.fromAsync(current.placesOf(runId))],
  ['latents', () => Array.fromAsync(current.latentsOf(runId, 'projected'))],
  ['a dataset', () => current.getDataset('dataset of 5')],
  ['samples', () => current.samplesOf('dataset of 5', 3)],
  ['a replay', () => current.findReplay(key, 0)],
  ['scorings', () => current.scoringsOf(runId)],
  ['how a result was judged', () => current.judgingOf(key)],
  ['donors', () => current.donorsOf(runId)],
  ['adding results', () => current.addResults(runId, [evaluationResult(evaluationSample(1), 0, plan, randomOf(1))])],
  ['keeping a dataset', () => current.saveDataset(evaluationStamp('dataset of 5', 5), 'demo-new', [evaluationSample(1)])],
  ['judging again', () => current.rescore(runId, null, [{ sampleId: 'sample-1', repeat: 0, judgement: { reward: 1, error: null, extracted: null, expected: null } }])],
  ['a verdict', () => current.audit(key, { isRight: true, failureMode: null })],
  ['annotating', () => current.annotate([runId], { addTags: ['a'], removeTags: ['b'] })],
])('%s', async (_, work) => {
  const statements = (await statementsOf(work)).filter((source) => /\b(select|insert|update|delete)\b/i.test(source))
  expect(statements).not.toEqual([])
  for (const statement of statements) expect({ statement, scans: scansOf(statement) }).toEqual({ statement, scans: [] })
})

it.each([
  "select run_id from evaluation_tag where tag = 'paper'",
  "select id from evaluation_run order by created_at desc limit 10",
  "select id from evaluation_run where experiment_id = 'experiment'",
  "select run_id from evaluation_result where is_audited = 1 and run_id = 'experiment-1'",
  "select reward from evaluation_result where run_id = 'experiment-1' and sample_id = 'sample-1'",
])('a filter by an index: %s', (sql) => {
  const database = new Database(path, { readonly: true })
  const steps = database.prepare<[], { detail: string }>(`explain query plan ${sql}`).all()
  database.close()
  expect(steps.map(({ detail }) => detail).join('; ')).toMatch(/USING (COVERING )?INDEX/)
})
