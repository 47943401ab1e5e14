/** @file `memgen export` and `memgen import` as they are typed, over a log in a folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EvaluationRun } from '../../src/shared/domain/evaluation.ts'
import { exitCodes } from '../../src/main/headless/exit-codes.ts'
import { openLog } from '../../src/main/log/index.ts'
import { dataFilesOf } from '../../src/main/server/index.ts'
import { recordEvaluation } from '../support/recorded-evaluation.ts'
import { runWithoutEngine } from '../support/run-command-line.ts'

let folder: string
let runs: EvaluationRun[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transfer-'))
  const log = await openLog(dataFilesOf(folder).logPath)
  runs = await recordEvaluation(log.evaluations, { runs: 2, samples: 3 })
  await log.close()
})
afterEach(() => rmSync(folder, { recursive: true }))

const runMemgen = (...args: string[]): ReturnType<typeof runWithoutEngine> => runWithoutEngine(args, folder)
const idOf = (index: number): string => runs[index]?.id ?? ''

test('a report of one run needs a baseline that is another', async () => {
  const out = join(folder, 'report.html')
  expect(await runMemgen('export', 'report', '--run', idOf(1), '--out', out)).toMatchObject({ exitCode: exitCodes.usage, stderr: 'memgen: --run: expected at least two ids\n' })
  expect(await runMemgen('export', 'report', '--run', idOf(1), '--baseline', idOf(1), '--out', out)).toMatchObject({ exitCode: exitCodes.usage, stderr: 'memgen: --run: expected a run other than the baseline\n' })
  expect(await runMemgen('export', 'report', '--run', idOf(1), '--baseline', idOf(0), '--out', out)).toMatchObject({ exitCode: exitCodes.ok })
  expect(readFileSync(out, 'utf8')).toContain('2 runs compared')
})

test('a run is named by how its id begins, and two beginnings of one id are one run', async () => {
  const out = join(folder, 'report.html')
  const [first, second] = [idOf(0), idOf(1)]
  const shortest = (id: string, other: string): string => id.slice(0, [...id].findIndex((character, index) => character !== other[index]) + 1)
  const [baseline, run] = [shortest(first, second), shortest(second, first)]
  expect(await runMemgen('export', 'report', '--run', run, '--baseline', baseline, '--out', out)).toMatchObject({ exitCode: exitCodes.ok })
  expect(await runMemgen('export', 'report', '--run', run, '--baseline', second, '--out', out)).toMatchObject({ exitCode: exitCodes.usage, stderr: 'memgen: --run: expected a run other than the baseline\n' })
})

test('a file is written in the format of its name', async () => {
  const out = join(folder, 'results.csv')
  expect(await runMemgen('export', 'results', '--run', idOf(0), '--out', out)).toMatchObject({ exitCode: exitCodes.ok, stderr: '' })
  expect(readFileSync(out, 'utf8')).toMatch(/^"run_id","sample_id",/)
})

test.each([
  ['results', ['--format', 'jsonl', '--out', 'results.csv'], '--format jsonl: --out results.csv is named as csv.'],
  ['report', ['--out', 'report.csv'], '--out report.csv: a report cannot be written as csv'],
  ['bundle', ['--format', 'csv'], '--format csv: a bundle cannot be written as csv'],
])('a %s with %j is refused as it is typed', async (what, options, message) => {
  const { exitCode, stderr } = await runMemgen('export', what, '--run', idOf(0), '--run', idOf(1), ...options)
  expect(stderr).toContain(message)
  expect(exitCode).toBe(exitCodes.usage)
})
