/** @file The latent lab over a recorded log, threads included; the engine answers from a table. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluationRunId, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import { clusteringRequestSchema, latentSelectionSchema, projectionRequestSchema, type Clustering, type LatentPoints } from '../../shared/domain/latent-lab.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EngineCallName, EngineCalls } from '../engine/protocol.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { openLog, type ExperimentLog } from '../log/index.ts'
import { clusterLatents } from './cluster-latents.ts'
import { projectLatents } from './project-latents.ts'
import { spaceDistances } from './space-distances.ts'

const HIDDEN = 16
let folder: string
let log: ExperimentLog
let runs: EvaluationRun[]
/** Kept no latents. */
let bare: EvaluationRun[]
let wide: EvaluationRun[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-latents-'))
  log = await openLog(join(folder, 'log.sqlite'))
  runs = await recordEvaluation(log.evaluations, { runs: 4, samples: 20, hidden: HIDDEN, latents: 'all' })
  bare = await recordEvaluation(log.evaluations, { id: 'bare', runs: 2, samples: 5, latents: 'none' })
  wide = await recordEvaluation(log.evaluations, { id: 'wide', runs: 2, samples: 5, hidden: 32 })
})

afterAll(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** Every token's embedding is its place in the list: enough to tell one text from another. */
const engine: Pick<EngineHost, 'call'> = {
  call: <Name extends EngineCallName>(name: Name, args: EngineCalls[Name]['request']) => {
    const answers: Partial<Record<EngineCallName, () => unknown>> = {
      nearestEntries: () => Array.from({ length: (args as EngineCalls['nearestEntries']['request']).vectors.rows }, () => [{ tokenId: 1, text: ' so', cosine: 0.5 }]),
      preview: () => ({ renderedPrompt: '', promptTokens: [{ tokenId: 3, text: 'What', embeddingNorm: 1 }] }),
      embeddingMeans: () => {
        const { tokenIds } = args as EngineCalls['embeddingMeans']['request']
        return { rows: tokenIds.length, columns: HIDDEN, data: Float32Array.from(tokenIds.flatMap((ids) => Array<number>(HIDDEN).fill(ids.length === 1 && ids[0] === 3 ? 3 : 10))) }
      },
    }
    return Promise.resolve(answers[name]?.() as EngineCalls[Name]['response']) // the table's types are the test's own affair
  },
}
const parts = () => ({ log: log.evaluations, engine, requireModel: () => Promise.resolve() })
const select = (ids: readonly EvaluationRun[], options: object = {}) => latentSelectionSchema.parse({ runIds: ids.map(({ id }) => id), ...options })

async function project(selection: ReturnType<typeof select>, options: object = {}): Promise<LatentPoints> {
  const messages = await Array.fromAsync(projectLatents(log.evaluations, projectionRequestSchema.parse({ selection, ...options })))
  const last = messages.at(-1)
  if (last?.kind !== 'points') throw new Error('no points')
  return last.points
}

async function cluster(selection: ReturnType<typeof select>): Promise<Clustering> {
  const messages = await Array.fromAsync(clusterLatents(parts(), clusteringRequestSchema.parse({ selection, clusterCount: 2, stabilitySeeds: 2 })))
  const last = messages.at(-1)
  if (last?.kind !== 'clustering') throw new Error('no clustering')
  return last.clustering
}

test('a point a block says where it comes from', async () => {
  const points = await project(select(runs))
  const blocks = runs.reduce((sum, { totals }) => sum + totals.promptInsertions + totals.inferenceInsertions, 0)
  expect(points).toMatchObject({ totalCount: blocks, hiddenSize: HIDDEN, tasks: ['demo-new'] })
  for (const column of [points.x, points.y, points.run, points.sample, points.repeat, points.turn, points.stepIndex, points.kind, points.latent, points.task, points.reward, points.norm]) expect(column).toHaveLength(blocks)
  expect(new Set(points.latent)).toEqual(new Set([-1]))
  // A prompt's block lies before the first token, and only there.
  expect([...points.kind].every((kind, i) => (kind === 0) === (points.stepIndex[i] === 0))).toBe(true)
  // Half the coordinates of a block lie around 1 or around -1: one direction holds nearly everything.
  expect(points.explainedVariance?.[0]).toBeGreaterThan(0.8)
  expect(Math.abs(points.x[0]!)).toBeCloseTo(Math.sqrt(HIDDEN / 2), 0)
})

test('a point a latent counts each of a block, and a kind alone leaves the other out', async () => {
  const latents = await project(select(runs, { unit: 'latent' }))
  expect([...latents.latent.subarray(0, 5)]).toEqual([0, 1, 2, 3, 0])
  const prompts = await project(select(runs, { kind: 'prompt' }))
  expect(new Set(prompts.kind)).toEqual(new Set([0]))
  expect(prompts.totalCount).toBeLessThan(latents.totalCount / 4)
})

test('many points are drawn evenly over all runs', async () => {
  const points = await project(select(runs, { unit: 'latent', maxPoints: 30 }))
  expect(points.x).toHaveLength(30)
  expect(points.totalCount).toBeGreaterThan(100)
  expect(points.runIds).toHaveLength(3) // the first run is vanilla
})

test("the weaver's side is its own hidden states", async () => {
  const [projected, woven] = [await project(select(runs)), await project(select(runs, { side: 'woven' }))]
  expect(woven.totalCount).toBe(projected.totalCount)
  expect(woven.norm).not.toEqual(projected.norm)
})

test('neighbours stay together in a layout that its seed decides', async () => {
  const layout = (seed: number) => project(select(runs), { method: 'umap', seed })
  const points = await layout(1)
  expect(points.explainedVariance).toBeNull()
  expect(await layout(1)).toEqual(points)
  expect((await layout(2)).x).not.toEqual(points.x)
})

test('clusters are found, described and kept', async () => {
  const clustering = await cluster(select(runs))
  const { x } = await project(select(runs))
  // The recorded blocks lie around two centres, and the first direction tells them apart.
  const [left] = clustering.cluster
  expect([...clustering.cluster].every((each, i) => (each === left) === (x[i]! > 0 === x[0]! > 0))).toBe(true)
  expect(clustering).toMatchObject({ stability: [1, 1], nearest: [[{ text: ' so' }], [{ text: ' so' }]], silhouetteSampleCount: x.length })
  expect(clustering.sizes[0]! + clustering.sizes[1]!).toBe(x.length)
  expect(clustering.byOutcome.map(({ right, wrong, unjudged }) => right + wrong + unjudged)).toEqual(clustering.sizes)
  expect(clustering.byTask).toEqual(clustering.sizes.map((count) => [{ task: 'demo-new', count }]))
  expect(clustering.centroidDistances[0]?.[1]).toBeCloseTo(2 * Math.sqrt(HIDDEN / 2), 0)
  const kept = await log.evaluations.getClusterSet(clustering.clusterSetId)
  expect(kept?.centroids).toMatchObject({ rows: 2, columns: HIDDEN })
})

test("failure modes are counted by cluster, and the weaver's space has no vocabulary", async () => {
  const run = runs[3]!
  await log.evaluations.audit({ runId: run.id, sampleId: 'sample-0', repeat: 0 }, { isRight: null, failureMode: 'planning' })
  const { byFailureMode, nearest } = await cluster(select([run], { side: 'woven', kind: 'prompt' }))
  expect(byFailureMode.reduce((sum, modes) => sum + (modes.planning ?? 0), 0)).toBe(1)
  expect(nearest).toBeNull()
})

test('distances are those between the centres of three spaces', async () => {
  const { contextToTrajectory, contextToInserted, sampleCount } = await spaceDistances(parts(), select([runs[3]!]))
  expect(sampleCount).toBe(20)
  expect(contextToTrajectory).toBeCloseTo(7 * Math.sqrt(HIDDEN), 5)
  expect(contextToInserted).toBeGreaterThan(2 * Math.sqrt(HIDDEN))
})

test('what cannot be laid out says why', async () => {
  await expect(project(select(bare))).rejects.toMatchObject({ reason: 'none-recorded', message: 'None of these runs kept latents.' })
  await expect(project(select([runs[3]!, wide[1]!]))).rejects.toMatchObject({ reason: 'different-sizes' })
  await expect(project(select(wide, { side: 'woven' }))).rejects.toMatchObject({ reason: 'none-recorded' })
  await expect(project({ ...select(runs), runIds: [evaluationRunId('gone')] })).rejects.toMatchObject({ name: 'EvaluationNotFoundError' })
})

test('whoever leaves ends the computation', async () => {
  const abort = new AbortController()
  const messages = projectLatents(log.evaluations, projectionRequestSchema.parse({ selection: select(runs, { unit: 'latent' }), method: 'umap' }), { signal: abort.signal })
  abort.abort(new Error('left'))
  await expect(messages.next()).rejects.toThrow()
})
