/** @file The RPC rooms `comparisons` and `latents` over a recorded log, with the codes of refusals. The engine is a fake one. */
import { createRouterClient } from '@orpc/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { EvaluationRun } from '../../src/shared/domain/evaluation.ts'
import { evaluationRunId, recordEvaluation } from '../support/recorded-evaluation.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
const gone = evaluationRunId('gone')
let dir: string
let app: App
let baseline: EvaluationRun
let other: EvaluationRun
const client = () => createRouterClient(app.router, { context: app.context })

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-comparisons-'))
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
  const [first, second] = await recordEvaluation(app.context.log.evaluations, { latents: 'all' })
  if (first === undefined || second === undefined) throw new Error('two runs should have been recorded')
  baseline = first
  other = second
})
afterAll(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

test('runs are compared, and their samples, places and benefits told', async () => {
  const { comparisons } = client()
  const runs = { runIds: [baseline.id, other.id], baselineId: baseline.id }
  const comparison = await comparisons.compare(runs)
  expect(comparison.pairs).toMatchObject([{ runId: other.id, pairCount: 20 }])
  expect(comparison.differences).toEqual([{ path: 'plan.config.policy.kind', values: ['"vanilla"', '"trigger"'] }])
  expect(comparison.warnings).toEqual([])
  const { samples, total } = await comparisons.samples({ ...runs, cell: 'helped', limit: 1 })
  expect(total).toBe(comparison.pairs[0]?.transitions.helped)
  expect(samples).toHaveLength(1)
  expect((await Array.fromAsync(await comparisons.triggerStatistics({ runIds: [other.id] }))).at(-1)).toMatchObject({ kind: 'statistics', runs: [{ runId: other.id, completionCount: 20 }] })
  expect(await comparisons.benefit({ runId: other.id })).toEqual({ points: [] })
})

test('latents are laid out and clustered, told as it goes', async () => {
  const { latents } = client()
  const points = await Array.fromAsync(await latents.project({ selection: { runIds: [other.id] } }))
  expect(points.at(-1)).toMatchObject({ kind: 'points', points: { runIds: [other.id], hiddenSize: 16 } })
  const clusters = await Array.fromAsync(await latents.cluster({ selection: { runIds: [other.id], side: 'woven' }, clusterCount: 2 }))
  expect(clusters.at(-1)).toMatchObject({ kind: 'clustering', clustering: { nearest: null, stability: { length: 5 } } })
})

test('what needs the model of the runs says that it is gone', async () => {
  const { latents } = client()
  const missing = { code: 'MODEL_NOT_FOUND', data: { modelId: 'sample' } }
  await expect(latents.distances({ selection: { runIds: [other.id] } })).rejects.toMatchObject(missing)
  await expect(Array.fromAsync(await latents.cluster({ selection: { runIds: [other.id] } }))).rejects.toMatchObject(missing)
})

test('unknown runs and latents that were never kept are declared errors', async () => {
  const { comparisons, latents } = client()
  const unknown = { code: 'EVALUATION_NOT_FOUND', data: { runId: gone, sampleId: null } }
  await expect(comparisons.compare({ runIds: [baseline.id, gone], baselineId: baseline.id })).rejects.toMatchObject(unknown)
  await expect(comparisons.samples({ runIds: [gone, gone], baselineId: gone })).rejects.toMatchObject(unknown)
  await expect(Array.fromAsync(await comparisons.triggerStatistics({ runIds: [gone] }))).rejects.toMatchObject(unknown)
  await expect(comparisons.benefit({ runId: gone })).rejects.toMatchObject(unknown)
  await expect(Array.fromAsync(await latents.project({ selection: { runIds: [gone] } }))).rejects.toMatchObject(unknown)
  await expect(latents.distances({ selection: { runIds: [baseline.id] } })).rejects.toMatchObject({ code: 'LATENTS_UNAVAILABLE', data: { reason: 'none-recorded' } })
})
