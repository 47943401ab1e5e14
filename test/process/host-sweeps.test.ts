/** @file Sweeps over a fake engine process, the real log and the real rooms: what is tried, what is kept, and what a stop or a loss leaves. */
import { createRouterClient } from '@orpc/server'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { ClusterSetId } from '../../src/shared/domain/experiment-ids.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema, type RunConfigInput } from '../../src/shared/domain/run-config.ts'
import type { SweepEvent, SweepId, SweepOutcome } from '../../src/shared/domain/sweep.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
let modelId: ModelId

const clientOf = ({ router, context }: App) => createRouterClient(router, { context }).sweeps
const openApp = (): Promise<App> => createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-sweeps-'))
  mkdirSync(join(dir, 'base'))
  app = await openApp()
  modelId = (await app.context.modelLibrary.add({ name: 'tiny', location: { reasonerDir: join(dir, 'base') } })).id
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

/** The fake engine's candidates are steps 0, 3 and 6 of the eight. */
function requestOf(text: string, { intervention, ...changes }: { reference?: string; maxSubsetCandidates?: number; intervention?: RunConfigInput['intervention'] } = {}) {
  return { modelId, prompt: { kind: 'text' as const, text }, config: runConfigSchema.parse({ maxNewTokens: 8, intervention }), reward: 'exact' as const, ...changes }
}

async function hear(sweepId: SweepId): Promise<SweepEvent[]> {
  const events: SweepEvent[] = []
  for await (const event of await clientOf(app).events({ sweepId })) events.push(event)
  return events
}

/** Resolves with the stream still open, as soon as that many outcomes were told. */
async function hearOutcomes(sweepId: SweepId, count: number): Promise<void> {
  let heard = 0
  for await (const event of await clientOf(app).events({ sweepId })) {
    if (event.kind === 'outcome') heard++
    if (heard === count) return
  }
}

const subsets = (outcomes: readonly SweepOutcome[]): string[] => outcomes.map(({ candidates }) => candidates.join('+'))
const every = ['', '0', '1', '2', '0+1', '0+2', '1+2', '0+1+2']

test('a forecast says what would be tried, and keeps nothing', async () => {
  const forecast = await clientOf(app).forecast(requestOf('hello'))
  expect(forecast).toMatchObject({ candidateCount: 3, candidateLabels: ['<hello>', ' t0 t1 t2', ' t3 t4 t5'], total: 8, text: ' t0 t1 t2 t3 t4 t5 t6 t7' })
  expect(await clientOf(app).list()).toEqual({ sweeps: [] })
  expect((await app.context.log.listTraces({ limit: 10, before: null, search: '', modelId: null })).total).toBe(0)
})

test('every subset is generated, scored, logged and told once', async () => {
  const { id } = await clientOf(app).start(requestOf('hello', { reference: '0+2' }))
  const events = await hear(id)
  const told = events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []))
  expect(subsets(told)).toEqual(every)
  expect(told.map(({ score }) => score)).toEqual([0, 0, 0, 0, 0, 1, 0, 0])
  expect(events.at(-1)).toMatchObject({ kind: 'sweep', sweep: { status: 'finished', candidateCount: 3, total: 8, done: 8, error: null } })
  const { sweep, outcomes } = await clientOf(app).get({ sweepId: id })
  expect(sweep).toMatchObject({ id, modelName: 'tiny', status: 'finished', done: 8 })
  expect(outcomes.toSorted((a, b) => every.indexOf(a.candidates.join('+')) - every.indexOf(b.candidates.join('+')))).toEqual(told)
  expect((await clientOf(app).list()).sweeps).toEqual([sweep])
})

test('with more candidates than allowed, each is tried alone and all at once', async () => {
  const { id } = await clientOf(app).start(requestOf('hello', { maxSubsetCandidates: 2 }))
  await hear(id)
  const { sweep, outcomes } = await clientOf(app).get({ sweepId: id })
  expect(subsets(outcomes).toSorted()).toEqual(['', '0', '0+1+2', '1', '2'])
  expect(sweep.total).toBe(5)
  expect(outcomes.every(({ score }) => score === null)).toBe(true)
})

test('a pause stops at once, and the rest follows on resumption without repeating anything', async () => {
  const { id } = await clientOf(app).start(requestOf('hello hang@0+1'))
  await hearOutcomes(id, 4)
  await clientOf(app).pause({ sweepId: id })
  const paused = await clientOf(app).get({ sweepId: id })
  expect(paused.sweep).toMatchObject({ status: 'paused', done: 4, error: null })
  expect(subsets(paused.outcomes).toSorted()).toEqual(['', '0', '1', '2'])
  await clientOf(app).resume({ sweepId: id })
  const told = (await hear(id)).flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []))
  expect(subsets(told).toSorted()).toEqual(every.toSorted())
  expect((await clientOf(app).get({ sweepId: id })).sweep.status).toBe('finished')
})

test('the app’s end pauses a sweep, and the next app goes on with it', async () => {
  const { id } = await clientOf(app).start(requestOf('hello hang@1+2'))
  await hearOutcomes(id, 6)
  await app.dispose()
  app = await openApp()
  expect((await clientOf(app).list()).sweeps).toMatchObject([{ id, status: 'paused', done: 6 }])
  await clientOf(app).resume({ sweepId: id })
  await hear(id)
  expect((await clientOf(app).get({ sweepId: id })).sweep).toMatchObject({ status: 'finished', done: 8 })
})

test('an engine that dies leaves what was finished, says so, and does not take the app’s engine along', async () => {
  const { id } = await clientOf(app).start(requestOf('hello exit@0+2'))
  await hear(id)
  const { sweep } = await clientOf(app).get({ sweepId: id })
  expect(sweep).toMatchObject({ status: 'failed', done: 5 })
  expect(sweep.error).toContain('exit code 7')
  expect(app.context.engine.status.kind).not.toBe('lost')
  await clientOf(app).resume({ sweepId: id })
  await hear(id)
  expect((await clientOf(app).get({ sweepId: id })).sweep).toMatchObject({ status: 'finished', done: 8, error: null })
})

test('sweeps wait for each other; one that waits can be paused', async () => {
  const first = await clientOf(app).start(requestOf('hello hang@0+1'))
  await hearOutcomes(first.id, 4)
  const second = await clientOf(app).start(requestOf('hello'))
  const third = await clientOf(app).start(requestOf('hello'))
  await clientOf(app).pause({ sweepId: third.id })
  expect((await clientOf(app).get({ sweepId: third.id })).sweep).toMatchObject({ status: 'paused', total: 0 })
  await clientOf(app).pause({ sweepId: first.id })
  await hear(second.id)
  expect((await clientOf(app).get({ sweepId: second.id })).sweep.status).toBe('finished')
})

test('one generation that fails is an outcome like others', async () => {
  const { id } = await clientOf(app).start(requestOf('hello fail@0+1', { reference: '1' }))
  await hear(id)
  const { sweep, outcomes } = await clientOf(app).get({ sweepId: id })
  expect(sweep.status).toBe('finished')
  expect(outcomes.find(({ candidates }) => candidates.join() === '0,1')).toMatchObject({ finish: 'error', error: 'logits are NaN', score: null })
})

test('a prompt that cannot be generated from fails the sweep with the reason', async () => {
  const { id } = await clientOf(app).start(requestOf(''))
  await hear(id)
  expect((await clientOf(app).get({ sweepId: id })).sweep).toMatchObject({ status: 'failed', error: expect.stringContaining('the prompt is empty') })
})

test('a sweep under the ablation of a cluster is given its centroids, also where the next app goes on with it', async () => {
  const clusterSetId = 'set' as ClusterSetId
  const intervention = { kind: 'drop-cluster' as const, clusterSetId, cluster: 0 }
  await expect(clientOf(app).forecast(requestOf('hello', { intervention }))).rejects.toMatchObject({ code: 'PROMPT_REJECTED', message: expect.stringContaining('cluster set set is not in the log') })
  await app.context.log.evaluations.saveClusterSet({ id: clusterSetId, centroids: { rows: 1, columns: 4, data: Float32Array.of(1, 2, 3, 4) }, origin: '{}' })
  expect(await clientOf(app).forecast(requestOf('hello', { intervention }))).toMatchObject({ total: 8 })
  const { id } = await clientOf(app).start(requestOf('hello hang@1+2', { intervention }))
  await hearOutcomes(id, 6)
  await app.dispose()
  app = await openApp()
  await clientOf(app).resume({ sweepId: id })
  await hear(id)
  const { sweep, outcomes } = await clientOf(app).get({ sweepId: id })
  expect(sweep).toMatchObject({ status: 'finished', done: 8 })
  expect(outcomes.map(({ error }) => error)).toEqual(every.map(() => null))
})

test('what is unknown is refused by its declared code', async () => {
  const sweepId = 'none' as SweepId
  await expect(clientOf(app).get({ sweepId })).rejects.toMatchObject({ code: 'SWEEP_NOT_FOUND', data: { sweepId } })
  await expect(clientOf(app).pause({ sweepId })).rejects.toMatchObject({ code: 'SWEEP_NOT_FOUND' })
  await expect(clientOf(app).start({ ...requestOf('hello'), modelId: 'gone' })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})

test('a sweep whose device is lost finds the rest on the CPU', async () => {
  await app.context.modelLibrary.place(modelId, { device: 'webgpu', precision: 'f32' })
  const { id } = await clientOf(app).start(requestOf('hello lose@0+1'))
  await hear(id)
  const { sweep, outcomes } = await clientOf(app).get({ sweepId: id })
  expect(sweep).toMatchObject({ status: 'finished', error: null })
  expect(subsets(outcomes)).toEqual(expect.arrayContaining(every))
  expect(outcomes).toHaveLength(every.length)
})
