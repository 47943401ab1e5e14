/** @file What a run's row says of its accuracy, and who gets a run that two take up at once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { evaluationRunId, recordEvaluation, startEvaluationRun } from '../../../test/support/recorded-evaluation.ts'
import { wilsonInterval } from '../statistics/index.ts'
import type { EvaluationLog } from './evaluation-log.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

const first = evaluationRunId('experiment-0')

let folder: string
let log: ExperimentLog
let evaluations: EvaluationLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  log = await openLog(join(folder, 'log.sqlite'))
  evaluations = log.evaluations
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** Changes the log behind its back. */
function corrupt(statement: string): void {
  const database = new Database(join(folder, 'log.sqlite'))
  database.exec(statement)
  database.close()
}

describe('the interval of a run whose results are judged one by one', () => {
  it.each([[1, 49], [7, 25], [29, 100], [1122, 1319]])('is that of %i right among %i', async (right, judged) => {
    await startEvaluationRun(evaluations)
    corrupt(`update evaluation_run set judged = ${judged}, correct = ${right}`)
    const { low, high } = wilsonInterval(right, judged)
    expect((await evaluations.getRun(first))?.accuracy).toEqual({ estimate: right / judged, low, high })
  })
})

it("a run has Wilson's interval, with repeats one that is never too narrow until somebody finds a better one", async () => {
  const [plain, repeated] = [await recordEvaluation(evaluations, { id: 'plain', samples: 40, runs: 1 }), await recordEvaluation(evaluations, { id: 'repeated', samples: 10, repeats: 4, runs: 1 })]
  const width = ({ low, high }: { low: number; high: number }) => high - low
  const [one, many] = [plain[0]?.accuracy ?? { low: 0, high: 0 }, repeated[0]?.accuracy ?? { low: 0, high: 0 }]
  expect(width(many)).toBeGreaterThan(width(one) * 1.5)
  const runId = evaluationRunId('repeated-0')
  expect((await evaluations.update(runId, { accuracyBounds: { low: 0.25, high: 0.5 } })).accuracy).toMatchObject({ low: 0.25, high: 0.5 })
  expect((await evaluations.rescore(runId, null, [])).accuracy).toEqual(many)
})

describe('taking a run up', () => {
  it('succeeds for one of two that found it resting', async () => {
    await startEvaluationRun(evaluations)
    await evaluations.update(first, { status: 'paused', error: 'was lost', processId: 11 })
    expect(await evaluations.takeRun(first, { from: 11, by: 22 })).toMatchObject({ status: 'queued', error: null })
    expect(await evaluations.takeRun(first, { from: 11, by: 33 })).toBeUndefined()
    expect(await evaluations.processOf(first)).toBe(22)
  })

  it('is refused where it has ended for good', async () => {
    await startEvaluationRun(evaluations)
    await evaluations.update(first, { status: 'cancelled', processId: null })
    expect(await evaluations.takeRun(first, { from: null, by: 22 })).toBeUndefined()
  })
})
