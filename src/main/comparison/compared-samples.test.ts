/** @file Samples of recorded runs side by side, narrowed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import { comparedSamplesRequestSchema, type ComparedSamplesRequest } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import { openLog, type ExperimentLog } from '../log/index.ts'
import { comparedSamples } from './compared-samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'memgen-samples-'))
let log: ExperimentLog
let runs: EvaluationRun[]

beforeAll(async () => {
  log = await openLog(join(folder, 'log.sqlite'))
  runs = await recordEvaluation(log.evaluations, { runs: 2, samples: 40 })
})

afterAll(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

async function found(part: Partial<ComparedSamplesRequest>): Promise<{ total: number; verdicts: boolean[][] }> {
  const runIds = runs.map(({ id }) => id)
  const { samples, total } = await comparedSamples(log.evaluations, comparedSamplesRequestSchema.parse({ runIds, baselineId: runIds[0], ...part }))
  return { total, verdicts: samples.map(({ results }) => results.map(([result]) => (result?.judgement.reward ?? 0) >= 1)) }
}

describe('samples side by side', () => {
  it('are all samples, a page at a time', async () => {
    const page = await found({ offset: 10, limit: 5 })
    expect([page.total, page.verdicts.length]).toEqual([40, 5])
  })

  it('of a cell are those with its verdicts', async () => {
    const helped = await found({ cell: 'helped' })
    expect(helped.total).toBeGreaterThan(0)
    expect(helped.verdicts.every(([before, after]) => before === false && after === true)).toBe(true)
  })

  it('that differ are those of helped and harmed together', async () => {
    const [different, helped, harmed] = await Promise.all([found({ onlyDifferent: true }), found({ cell: 'helped' }), found({ cell: 'harmed' })])
    expect(different.total).toBe(helped.total + harmed.total)
    expect(different.verdicts.every(([before, after]) => before !== after)).toBe(true)
  })
})
