/**
 * @file `node bench/runs-view.ts [--runs 1000] [--samples 1000] [--json]`: what the list of runs asks of a log with a million results: the
 * list itself, filters in SQL, a comparison of two runs, a page of results. The host's part only: nothing is drawn.
 *
 * Two runs are recorded as the app records them, all others are copied from them by SQL with other ids, one policy or the other in turn.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { compareRuns } from '../src/main/comparison/index.ts'
import { openLog } from '../src/main/log/index.ts'
import { evaluationRunId, recordEvaluation } from '../test/support/recorded-evaluation.ts'

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '1000' }, samples: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false } } })
const runCount = Number(options.runs)
const sampleCount = Number(options.samples)

/** Tables whose rows are copied for each run, every column but `run_id` as it is. */
const tablesOfRuns = ['evaluation_provenance', 'evaluation_tag', 'evaluation_result', 'evaluation_output', 'evaluation_turn']
const REPEATS = 5

interface Measurement {
  readonly name: string
  readonly milliseconds: number
  readonly aimMs: number
}

const workDir = mkdtempSync(join(tmpdir(), 'memgen-bench-runs-'))
const path = join(workDir, 'memgen.sqlite')
try {
  const preparedMs = await timeOf(writeLog)
  const measurements = await measure()
  const sizeBytes = statSync(path).size
  if (options.json) process.stdout.write(`${JSON.stringify({ runs: runCount, samples: sampleCount, size_bytes: sizeBytes, measurements })}\n`)
  else {
    process.stdout.write(`${runCount} runs x ${sampleCount} samples, ${(sizeBytes / 1e6).toFixed(0)} MB, written in ${(preparedMs / 1000).toFixed(0)} s\n`)
    for (const { name, milliseconds, aimMs } of measurements) {
      process.stdout.write(`${name.padEnd(52)} ${milliseconds.toFixed(0).padStart(6)} ms  aim ${String(aimMs).padStart(5)} ms  ${milliseconds <= aimMs ? 'reached' : 'not reached'}\n`)
    }
  }
} finally {
  rmSync(workDir, { recursive: true })
}

async function measure(): Promise<Measurement[]> {
  let log = await openLog(path)
  const openMs = await timeOf(async () => {
    await log.close()
    log = await openLog(path)
    await log.evaluations.listRuns()
    await log.evaluations.listViews()
  })
  const { evaluations } = log
  const [one, other] = [evaluationRunId('copy-0'), evaluationRunId('copy-1')]
  await evaluations.query('select 1') // starts the process
  const page = { runId: other, show: 'all', search: '', offset: 0, limit: 200 } as const
  const measurements = [
    { name: 'log opened, list of runs read', milliseconds: openMs, aimMs: 1_000 },
    { name: 'list of runs read again', milliseconds: await medianOf(() => evaluations.listRuns()), aimMs: 1_000 },
    { name: 'filter: accuracy of a policy', milliseconds: await queryMs("select id from evaluation_run where policy = 'trigger' and correct > 0.6 * judged"), aimMs: 200 },
    { name: 'filter: tag', milliseconds: await queryMs("select run_id from evaluation_tag where tag = 'vanilla'"), aimMs: 200 },
    { name: 'filter: runs that got one sample right', milliseconds: await queryMs("select id from evaluation_run where exists (select 1 from evaluation_result where run_id = id and sample_id = 'sample-7' and reward = 1)"), aimMs: 200 },
    { name: 'filter: accuracy in a domain, over every result', milliseconds: await queryMs("select run_id from evaluation_result where domain = 'algebra' group by run_id having avg(reward) > 0.6"), aimMs: 200 },
    { name: 'two runs compared', milliseconds: await medianOf(() => compareRuns(evaluations, { runIds: [one, other], baselineId: one, ignore: [], usesHumanVerdicts: false })), aimMs: 500 },
    { name: 'a page of results', milliseconds: await medianOf(() => evaluations.listResults(page)), aimMs: 200 },
    { name: 'a page of results that contain a text', milliseconds: await medianOf(() => evaluations.listResults({ ...page, search: 'numbers' })), aimMs: 200 },
  ]
  await log.close()
  return measurements

  function queryMs(sql: string): Promise<number> {
    return medianOf(() => evaluations.query(sql))
  }
}

async function writeLog(): Promise<void> {
  const log = await openLog(path)
  const templates = await recordEvaluation(log.evaluations, { runs: 2, samples: sampleCount, tokens: 12, latents: 'none' })
  await log.close()
  const database = new Database(path)
  // Nobody waits for this log to be safe, and every copy is of rows that were checked.
  database.pragma('synchronous = OFF')
  database.pragma('foreign_keys = OFF')
  for (let index = 0; index < runCount; index++) {
    const template = templates[index % templates.length]
    if (template === undefined) throw new Error('internal: there is no template')
    database.transaction(() => {
      copyRows('evaluation_run', 'id', template.id, `copy-${index}`)
      for (const table of tablesOfRuns) copyRows(table, 'run_id', template.id, `copy-${index}`)
    })()
  }
  database.close()

  function copyRows(table: string, key: string, from: string, to: string): void {
    const columns = database.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table)
    const values = columns.map((column) => (column === key ? '?' : column))
    database.prepare(`insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${table} where ${key} = ?`).run(to, from)
  }
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) times.push(await timeOf(work))
  return times.toSorted((one, other) => one - other)[Math.floor(REPEATS / 2)] ?? 0
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
