/** @file Evaluations of the bundled demo model by the real engine: a pause changes nothing, and a result opens as the trace that it was. */
import { createRouterClient } from '@orpc/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, LOG_FILE_NAME, type App } from '../../src/main/server/index.ts'
import { experimentRequestSchema, type ExperimentRequest } from '../../src/shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../src/shared/domain/experiment-ids.ts'
import type { Trace } from '../../src/shared/domain/trace.ts'

const engineEntry = fileURLToPath(new URL('../../src/main/engine/entry.ts', import.meta.url))
const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
let dir: string
let app: App

const clientOf = ({ router, context }: App) => createRouterClient(router, { context }).evaluations

const openApp = (): Promise<App> => createApp({ dataDir: dir, resourcesDir, shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(engineEntry) })

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-evaluations-demo-'))
  app = await openApp()
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

/** Draws of every kind: tokens, decisions, latents. */
const request: ExperimentRequest = experimentRequestSchema.parse({
  name: 'draws',
  models: ['bundled-demo-qwen2'],
  tasks: [{ name: 'demo-new', source: { kind: 'bundled' }, limit: 10 }],
  arms: [{ policy: { kind: 'random', probability: 0.5 }, intervention: { kind: 'random-norm' } }],
  samplings: [{ doSample: true, temperature: 0.8 }],
  repeats: 2,
  config: { maxNewTokens: 40 },
  latents: 'all',
  batchSize: 4,
})

/** Resolves when the run rests, or as soon as it has told so many results. */
function hear(runId: EvaluationRunId, { results = Infinity }: { results?: number } = {}): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>()
  let heard = 0
  const stopListening = app.context.evaluations.onEvent((event) => {
    if (event.kind === 'result' && event.runId === runId) heard++
    const rests = event.kind === 'run' && event.run.id === runId && event.run.status !== 'running' && event.run.status !== 'queued'
    if (!rests && heard < results) return
    stopListening()
    resolve(null)
  })
  return promise
}

async function outcomesOf(runId: EvaluationRunId) {
  const { results } = await clientOf(app).results({ runId })
  return results.map(({ sampleId, repeat, text, tokenCount, insertions, judgement }) => ({ sampleId, repeat, text, tokenCount, insertions, judgement }))
}

test('a run that was paused in the middle gives what an undisturbed one gives', async () => {
  const undisturbed = (await clientOf(app).start(request)).runs[0]!.id
  await hear(undisturbed)
  const expected = await outcomesOf(undisturbed)
  expect(expected).toHaveLength(20)
  expect(new Set(expected.map(({ text }) => text)).size).toBeGreaterThan(10)

  const paused = (await clientOf(app).start({ ...request, name: 'paused' })).runs[0]!.id
  await hear(paused, { results: 3 })
  await clientOf(app).pause({ runIds: [paused] })
  const half = await clientOf(app).run({ runId: paused })
  expect(half.status).toBe('paused')
  expect(half.totals.done).toBeGreaterThanOrEqual(3)
  expect(half.totals.done).toBeLessThan(20)
  const ended = hear(paused)
  await clientOf(app).resume({ runIds: [paused] })
  await ended
  expect(await outcomesOf(paused)).toEqual(expected)
  expect((await clientOf(app).run({ runId: paused })).name).toBe('demo-new random:0.5+random-norm pn=1_pl=4_in=4_il=2 seed 42')
})

test('a result opens as a full trace with the same tokens and decisions, which is made once', async () => {
  const { id } = (await clientOf(app).start({ ...request, repeats: 1 })).runs[0]!
  await hear(id)
  const key = { runId: id, sampleId: (await outcomesOf(id))[4]!.sampleId, repeat: 0 }
  const opened = await clientOf(app).openTrace({ key })
  expect(opened.isSame).toBe(true)
  const trace = await app.context.log.getTrace(opened.traceId)
  const { result, turns } = await clientOf(app).result(key)
  expect(trace?.header.origin).toEqual({ ...key, turn: 0 })
  expect(trace?.steps.map(({ tokenId }) => tokenId)).toEqual([...turns[0]!.record.tokenIds])
  expect(trace?.weaves).toHaveLength(result.insertions.prompt + result.insertions.inference)
  expect(await clientOf(app).openTrace({ key })).toEqual(opened)
})

test('a result with latents of other samples opens as it was generated; after a restart the trace is certified, forked and swept without its run', async () => {
  const [task] = request.tasks
  const other: ExperimentRequest = { ...request, tasks: task === undefined ? [] : [{ ...task, limit: 2 }], arms: [{ policy: { kind: 'always' }, intervention: { kind: 'other' } }], repeats: 1, config: { ...request.config, maxNewTokens: 16 } }
  const { id } = (await clientOf(app).start(other)).runs[0]!
  await hear(id)
  expect(await app.context.log.evaluations.donorsOf(id)).toHaveLength(64)
  const key = { runId: id, sampleId: (await outcomesOf(id))[1]!.sampleId, repeat: 0 }
  const { traceId, isSame } = await clientOf(app).openTrace({ key })
  expect(isSame).toBe(true)

  await app.dispose()
  const database = new Database(join(dir, LOG_FILE_NAME))
  database.exec('delete from evaluation_donor; update evaluation_turn set donors = null')
  database.close()
  app = await openApp()
  const { sessions, sweeps, log } = app.context
  expect((await sessions.certify(traceId)).verdict).toBe('exact')
  const replay = await log.getTrace(traceId)
  if (replay === undefined) throw new Error('the replay should be in the log')

  const { header: fork } = await sessions.fork({ traceId, stepIndex: 1, change: { kind: 'none' } })
  const events = await sessions.subscribe(fork.id)
  await sessions.advance(fork.id, { until: 'end' })
  for await (const _ of events);
  const latentsOf = ({ weaves }: Pick<Trace, 'weaves'> = replay) => weaves.map(({ latents }) => latents)
  expect(latentsOf(await log.getTrace(fork.id))).toEqual(latentsOf())

  const { modelId, prompt, config, origin } = replay.header
  const sweep = await sweeps.start({ modelId, prompt, config, origin, reference: null, reward: 'boxed', maxSubsetCandidates: 0 })
  for await (const _ of await sweeps.subscribe(sweep.id));
  const { outcomes } = await sweeps.get(sweep.id)
  expect(outcomes.map(({ error }) => error)).toEqual(outcomes.map(() => null))
  expect(outcomes.find(({ candidates }) => candidates.join() === '0')?.insertionCount).toBe(1)
})
