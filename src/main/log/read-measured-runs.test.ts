/** @file What runs took, as the log tells it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { evaluationRunId, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import { openLog } from './open-log.ts'

it('runs of a model that rest and were not thrown away tell what they took, newest first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  const log = await openLog(join(folder, 'log.sqlite'))
  const [, , trashed, running] = await recordEvaluation(log.evaluations, { runs: 4, samples: 3 })
  await log.evaluations.annotate([trashed?.id ?? evaluationRunId('')], { isTrashed: true })
  await log.evaluations.update(running?.id ?? evaluationRunId(''), { status: 'running' })
  const measured = await log.evaluations.measuredRuns('sample' as ModelId)
  expect(measured).toMatchObject([
    { plan: { config: { policy: { kind: 'trigger' } } }, total: 3, done: 3, elapsedMs: 4_500, provenance: { device: 'cpu', precision: 'f32' } },
    { plan: { config: { policy: { kind: 'vanilla' } } } },
  ])
  expect(measured[0]?.tokens).toBeGreaterThan(0)
  expect(await log.evaluations.measuredRuns('another' as ModelId)).toEqual([])
  await log.close()
  rmSync(folder, { recursive: true })
})
