/** @file Evaluations over a fake engine process, the real log, tasks and rooms: what is played, kept, paused, resumed, judged again, and what a loss leaves. */
import { createRouterClient } from '@orpc/server'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import { experimentRequestSchema, type EvaluationEvent, type EvaluationRun, type ExperimentRequest, type ExperimentRequestInput } from '../../src/shared/domain/evaluation.ts'
import type { ClusterSetId, EvaluationRunId } from '../../src/shared/domain/experiment-ids.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import { fakeBlock } from '../support/fake-rollout.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
let modelId: ModelId

const clientOf = ({ router, context }: App) => createRouterClient(router, { context }).evaluations
const openApp = (): Promise<App> => createApp({ dataDir: join(dir, 'data'), resourcesDir: dir, shell: 'browser', startEngine: () => forkEngine(fakeEngine) })

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-evaluations-'))
  mkdirSync(join(dir, 'base'))
  writeFileSync(join(dir, 'base', 'config.json'), '{}')
  app = await openApp()
  modelId = (await app.context.modelLibrary.add({ name: 'tiny', location: { reasonerDir: join(dir, 'base') } })).id
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

const right = String.raw`\boxed{1}`
const wrong = String.raw`\boxed{2}`

/** The fake engine answers each prompt with itself. */
function grid(prompts: readonly string[], changes: Partial<ExperimentRequestInput> = {}): ExperimentRequest {
  const path = join(dir, 'data.jsonl')
  writeFileSync(path, prompts.map((prompt, index) => `${JSON.stringify({ name: `s${index}`, prompt, solution: right })}\n`).join(''))
  const fields = { prompt: 'prompt', solution: 'solution', id: 'name' }
  const tasks: ExperimentRequestInput['tasks'] = [{ name: 'generic', source: { kind: 'files', paths: [path] }, fields, scoring: { kind: 'boxed' } }]
  return experimentRequestSchema.parse({ name: 'grid', models: [modelId], tasks, arms: [{ policy: { kind: 'vanilla' } }], ...changes })
}

/** Everything told until all these runs rest. */
async function hearRest(runIds: readonly EvaluationRunId[], of: App = app): Promise<EvaluationEvent[]> {
  const events: EvaluationEvent[] = []
  const open = new Set(runIds)
  for (const run of await clientOf(of).runs().then(({ runs }) => runs)) if (isResting(run)) open.delete(run.id)
  if (open.size === 0) return events
  for await (const event of await clientOf(of).events()) {
    events.push(event)
    if (event.kind === 'run' && isResting(event.run)) open.delete(event.run.id)
    if (open.size === 0) break
  }
  return events
}

const isResting = ({ status }: EvaluationRun): boolean => status !== 'running' && status !== 'queued'

/** Resolves as soon as that many results of the run were told. */
async function hearResults(runId: EvaluationRunId, count: number): Promise<void> {
  let heard = 0
  for await (const event of await clientOf(app).events()) {
    if (event.kind === 'result' && event.runId === runId) heard++
    if (heard === count) return
  }
}

async function rewardsOf(runId: EvaluationRunId): Promise<(number | null)[]> {
  const { results } = await clientOf(app).results({ runId })
  return results.map(({ judgement }) => judgement.reward)
}

/** Starts the grid and waits until every run rests. */
async function play(request: ExperimentRequest): Promise<{ runs: EvaluationRun[]; events: EvaluationEvent[] }> {
  const events: EvaluationEvent[] = []
  const { promise, resolve } = Promise.withResolvers<null>()
  const resting = new Set<EvaluationRunId>()
  let count = Infinity
  const stopListening = app.context.evaluations.onEvent((event) => {
    events.push(event)
    if (event.kind === 'run' && isResting(event.run)) resting.add(event.run.id)
    if (resting.size === count) resolve(null)
  })
  const { runs } = await clientOf(app).start(request)
  count = runs.length
  if (resting.size === count) resolve(null)
  await promise
  stopListening()
  return { runs: await Promise.all(runs.map(({ id }) => clientOf(app).run({ runId: id }))), events }
}

test('a forecast counts and warns, and keeps nothing', async () => {
  const request = grid([right, wrong], { arms: [{ policy: { kind: 'vanilla' } }, { policy: { kind: 'vanilla' }, intervention: { kind: 'zero' } }], repeats: 2 })
  const forecast = await clientOf(app).forecast(request)
  expect(forecast.runs.map(({ name, sampleCount }) => [name, sampleCount])).toEqual([['generic vanilla seed 42', 2], ['generic vanilla+zero seed 42', 2]])
  expect(forecast.runs[1]?.warnings).toEqual(expect.arrayContaining(['Vanilla has no latents: zero changes nothing.', 'Nothing is drawn here: the 2 repeats of each sample are the same.']))
  expect(forecast.logBytes).toBeGreaterThan(0)
  expect(await clientOf(app).runs()).toEqual({ runs: [] })
})

test('every sample of every run is played once, judged, kept with its record, and told after it was kept', async () => {
  const { runs, events } = await play(grid([right, wrong, right], { arms: [{ policy: { kind: 'vanilla' } }, { policy: { kind: 'always' } }], tags: ['first'] }))
  expect(runs.map(({ name, status, total, totals, tags }) => [name, status, total, totals.done, totals.right, tags])).toEqual([
    ['generic vanilla seed 42', 'finished', 3, 3, 2, ['first']],
    ['generic always seed 42', 'finished', 3, 3, 2, ['first']],
  ])
  expect(runs[0]?.accuracy?.estimate).toBeCloseTo(2 / 3)
  expect(await rewardsOf(runs[0]!.id)).toEqual([1, 0, 1])
  expect(events.filter(({ kind }) => kind === 'result')).toHaveLength(6)
  const { result, sample, turns } = await clientOf(app).result({ runId: runs[1]!.id, sampleId: 's1', repeat: 0 })
  expect({ result, sample }).toMatchObject({ result: { text: wrong, tokenCount: 2, insertions: { prompt: 1 }, turnCount: 1 }, sample: { id: 's1', solution: right } })
  expect(turns[0]).toMatchObject({ turn: 0, text: wrong, observation: null })
})

test('what a run was computed with and from is kept with it', async () => {
  const { runs } = await play(grid([right]))
  expect(runs[0]?.provenance).toMatchObject({
    model: { location: { reasonerDir: join(dir, 'base') }, files: [{ path: join(dir, 'base', 'config.json'), sizeBytes: 2, sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' }] },
    dataset: { sampleCount: 1, problemCount: 0 },
    device: 'cpu',
    versions: { 'onnxruntime-node': expect.any(String) as unknown },
  })
  expect(runs[0]?.provenance?.commit).toMatch(/^[0-9a-f]{40}$/)
})

test('a run whose device is lost goes on on the CPU with what is missing, and its provenance says so', async () => {
  await app.context.modelLibrary.place(modelId, { device: 'webgpu', precision: 'q8' })
  const { runs } = await play(grid([right, `${wrong} lose@0`, right]))
  expect(runs[0]).toMatchObject({ status: 'finished', totals: { done: 3 }, provenance: { device: 'cpu', precision: 'q8', fallback: { device: 'webgpu', reason: 'the device was lost' } } })
})

test('a run that was begun goes on with the precision it was begun with, wherever its model is to be loaded by then', async () => {
  await app.context.modelLibrary.place(modelId, { device: 'cpu', precision: 'q4' })
  const { runs } = await play(grid([right, 'exit@0']))
  expect(runs[0]).toMatchObject({ status: 'failed', provenance: { device: 'cpu', precision: 'q4', fallback: null } })
  await app.context.modelLibrary.place(modelId, { device: 'auto', precision: 'f32' })
  await clientOf(app).resume({ runIds: runs.map(({ id }) => id) })
  await hearRest(runs.map(({ id }) => id))
  expect(await clientOf(app).run({ runId: runs[0]!.id })).toMatchObject({ provenance: { precision: 'q4' } })
})

test('paused in the middle, a run keeps what it has, and goes on with the rest', async () => {
  const { runs } = await clientOf(app).start(grid([right, wrong, `hang@0 ${right}`, right]))
  const { id } = runs[0]!
  await hearResults(id, 2)
  await clientOf(app).pause({ runIds: [id] })
  expect(await clientOf(app).run({ runId: id })).toMatchObject({ status: 'paused', totals: { done: 2 }, error: null })
  // The dataset is read anew, and is the same.
  await clientOf(app).resume({ runIds: [id] })
  await hearStatus(id, 'running')
  expect(await rewardsOf(id)).toEqual([1, 0])
  await clientOf(app).cancel({ runIds: [id] })
  expect(await clientOf(app).run({ runId: id })).toMatchObject({ status: 'cancelled', totals: { done: 2 } })
  await expect(clientOf(app).resume({ runIds: [id] })).rejects.toMatchObject({ code: 'EVALUATION_CONFLICT' })
})

async function hearStatus(runId: EvaluationRunId, status: EvaluationRun['status']): Promise<void> {
  for await (const event of await clientOf(app).events()) if (event.kind === 'run' && event.run.id === runId && event.run.status === status) return
}

test('a queued run can be paused before it begins, and the one before it is not disturbed', async () => {
  const { runs } = await clientOf(app).start(grid([`hang@0 ${right}`], { seeds: [1, 2] }))
  const [first, second] = runs.map(({ id }) => id)
  await hearStatus(first!, 'running')
  await clientOf(app).pause({ runIds: [second!] })
  expect((await clientOf(app).runs()).runs.map(({ status }) => status).sort()).toEqual(['paused', 'running'])
})

test('an engine that dies fails its run with what was kept, and the next run begins with a new engine', async () => {
  const { runs } = await play(grid([right, `exit@0 ${right}`, wrong], { seeds: [1, 2] }))
  expect(runs[0]).toMatchObject({ status: 'failed', totals: { done: 1 }, error: expect.stringContaining('ended with exit code 7') as unknown })
  expect(runs[0]?.error).toContain('Its one result is kept. Resume goes on with the others.')
  expect(runs[1]).toMatchObject({ status: 'failed', totals: { done: 1 } })
})

test('data that was changed since is refused, since its results would be another dataset’s', async () => {
  const { runs } = await clientOf(app).start(grid([right, `hang@0 ${right}`]))
  const { id } = runs[0]!
  await hearResults(id, 1)
  await clientOf(app).pause({ runIds: [id] })
  grid([right, wrong])
  await clientOf(app).resume({ runIds: [id] })
  await hearRest([id])
  expect(await clientOf(app).run({ runId: id })).toMatchObject({ status: 'failed', totals: { done: 1 }, error: expect.stringContaining('dataset was changed') as unknown })
})

test('a generation that failed is an error of its sample, judged by what it had written', async () => {
  const { runs } = await play(grid([`fail@0 ${wrong}`, right]))
  expect(runs[0]).toMatchObject({ status: 'finished', totals: { done: 2, failed: 1, judged: 2, right: 1 } })
  const { result } = await clientOf(app).result({ runId: runs[0]!.id, sampleId: 's0', repeat: 0 })
  expect(result).toMatchObject({ finish: 'error', error: 'logits are NaN' })
})

test('recorded texts are judged again by another scoring, and by the task’s own', async () => {
  const { runs } = await play(grid([right, '1', wrong]))
  const { id } = runs[0]!
  expect(await rewardsOf(id)).toEqual([1, 0, 0])
  const again = await clientOf(app).rescore({ runId: id, scoring: { kind: 'regex', pattern: String.raw`(\d)`, flags: '' } })
  expect(again.run.totals).toMatchObject({ judged: 3 })
  await clientOf(app).rescore({ runId: id, scoring: null })
  expect(await rewardsOf(id)).toEqual([1, 0, 0])
})

test('a run that was scored again before its end goes on as it was scored last', async () => {
  const { runs } = await clientOf(app).start(grid([right, wrong, `hang@later ${right}`, right]))
  const { id } = runs[0]!
  await hearResults(id, 2)
  await clientOf(app).pause({ runIds: [id] })
  await clientOf(app).rescore({ runId: id, scoring: { kind: 'regex', pattern: '(?!)', flags: '' } })
  await clientOf(app).resume({ runIds: [id] })
  await hearRest([id])
  expect(await clientOf(app).run({ runId: id })).toMatchObject({ status: 'finished', totals: { done: 4, right: 0 } })
  const { evaluations } = app.context.log
  expect(await Promise.all(['s0', 's3'].map((sampleId) => evaluations.judgingOf({ runId: id, sampleId, repeat: 0 })))).toMatchObject([{ scoringNumber: 1, former: [{ scoringNumber: 0 }] }, { scoringNumber: 1, former: [] }])
})

test('what a run was computed from is compared with what there is now', async () => {
  const { runs } = await play(grid([right]))
  const { id } = runs[0]!
  const { evaluations, modelLibrary } = app.context
  expect(await evaluations.findChange(id)).toBeNull()
  await modelLibrary.place(modelId, { device: 'auto', precision: 'q8' })
  expect(await evaluations.findChange(id)).toEqual({ kind: 'placement', before: 'cpu, f32' })
  await modelLibrary.place(modelId, { device: 'auto', precision: 'f32' })
  grid([wrong])
  expect(await evaluations.findChange(id)).toEqual({ kind: 'dataset' })
})

test('a verdict by hand stands beside the score, and a disputed result is found', async () => {
  const { runs } = await play(grid([right, wrong]))
  const { id } = runs[0]!
  const key = { runId: id, sampleId: 's1', repeat: 0 }
  expect(await clientOf(app).audit({ key, verdict: { isRight: true, failureMode: null } })).toMatchObject({ human: { isRight: true }, judgement: { reward: 0 } })
  expect((await clientOf(app).results({ runId: id, show: 'disputed' })).results.map(({ sampleId }) => sampleId)).toEqual(['s1'])
  await expect(clientOf(app).audit({ key: { ...key, sampleId: 'none' }, verdict: null })).rejects.toMatchObject({ code: 'EVALUATION_NOT_FOUND', data: { sampleId: 'none' } })
})

test('with repeats the interval takes samples as clusters', async () => {
  const { runs } = await play(grid([right, wrong, right, right], { repeats: 3 }))
  expect(runs[0]).toMatchObject({ total: 12, totals: { done: 12, right: 9 } })
  const { accuracy } = runs[0]!
  // Equal repeats are worth no more than one: wider than Wilson's interval of 9 of 12, 0.468 to 0.911.
  expect(accuracy?.low).toBeLessThan(0.35)
  expect(accuracy?.high).toBeGreaterThan(0.93)
})

test('a run that another living app has in hand is shown as it is there and left alone; one of a dead app rests', async () => {
  const { runs } = await clientOf(app).start(grid([right, `hang@0 ${right}`]))
  const { id } = runs[0]!
  await hearResults(id, 1)
  const { log } = app.context
  await log.evaluations.update(id, { processId: process.ppid })
  const elsewhere = await openApp()
  expect(await clientOf(elsewhere).run({ runId: id })).toMatchObject({ status: 'running' })
  await expect(clientOf(elsewhere).resume({ runIds: [id] })).rejects.toMatchObject({ code: 'EVALUATION_CONFLICT' })
  // No process of a machine has that number.
  await log.evaluations.update(id, { processId: 2 ** 30 })
  expect(await clientOf(elsewhere).run({ runId: id })).toMatchObject({ status: 'paused' })
  await elsewhere.dispose()
})

test('an app that is closed pauses its runs; the next one resumes them', async () => {
  const { runs } = await clientOf(app).start(grid([right, wrong, `hang@0 ${right}`], { seeds: [1, 2] }))
  await hearResults(runs[0]!.id, 2)
  await app.dispose()
  app = await openApp()
  expect((await clientOf(app).runs()).runs.map(({ status }) => status)).toEqual(['paused', 'paused'])
})

test('the set of the paper’s Table 5 is a grid as of a run; grids travel as YAML', async () => {
  const { runs } = await play(grid([right]))
  const set = await clientOf(app).ablationSet({ runId: runs[0]!.id })
  expect(set.arms.map(({ policy }) => policy.kind)).toEqual(['vanilla', 'prompt-only', 'random', 'random', 'random', 'always', 'trigger'])
  const { yaml } = await clientOf(app).print(set)
  expect(await clientOf(app).parse({ yaml })).toEqual(set)
  await expect(clientOf(app).parse({ yaml: 'model: 1' })).rejects.toMatchObject({ code: 'QUERY_INVALID', data: { line: 1, column: 1 } })
})

test('what is missing is told by name', async () => {
  await expect(clientOf(app).start(grid([right], { models: ['nobody'] }))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  const lost = grid([right])
  rmSync(join(dir, 'data.jsonl'))
  await expect(clientOf(app).start(lost)).rejects.toMatchObject({ code: 'DATASET_INVALID' })
  await expect(clientOf(app).run({ runId: 'none' })).rejects.toMatchObject({ code: 'EVALUATION_NOT_FOUND' })
  await expect(clientOf(app).experimentOf({ experimentId: 'none' })).rejects.toMatchObject({ code: 'EVALUATION_NOT_FOUND' })
})

test('a run that leaves out a cluster is given its centroids; without its set it fails in words', async () => {
  const clusterSetId = 'set' as ClusterSetId
  const ablation = grid([right], { arms: [{ policy: { kind: 'always' }, intervention: { kind: 'drop-cluster', clusterSetId, cluster: 0 } }] })
  const { runs } = await play(ablation)
  const { id: runId } = runs[0]!
  expect(await clientOf(app).run({ runId })).toMatchObject({ status: 'failed', error: expect.stringContaining('The cluster set set is not in the log') as unknown })
  await app.context.log.evaluations.saveClusterSet({ id: clusterSetId, centroids: { rows: 1, columns: 4, data: Float32Array.of(1, 2, 3, 4) }, origin: '{}' })
  await clientOf(app).resume({ runIds: [runId] })
  await hearRest([runId])
  expect((await clientOf(app).results({ runId })).results).toMatchObject([{ error: null, judgement: { reward: 1 } }])
})

test('a run with latents of others keeps its donors from the first result on, and its results open; those of an older version do not', async () => {
  const { runs } = await play(grid([right, wrong], { arms: [{ policy: { kind: 'always' }, intervention: { kind: 'other' } }], repeats: 2 }))
  const { id: runId } = runs[0]!
  expect((await app.context.log.evaluations.donorsOf(runId)).map(({ sampleId }) => sampleId)).toEqual(['s0', 's1'])
  const key = { runId, sampleId: 's1', repeat: 0 }
  const { traceId } = await clientOf(app).openTrace({ key })
  expect((await app.context.log.getTrace(traceId))?.weaves[0]?.latents).toEqual(fakeBlock(100))

  const database = new Database(app.context.log.path)
  database.exec('update evaluation_turn set donors = null')
  database.close()
  await expect(clientOf(app).openTrace({ key: { ...key, repeat: 1 } })).rejects.toMatchObject({ code: 'REPLAY_UNAVAILABLE', data: { runId, sampleId: 's1' }, message: expect.stringContaining('by an older version') as unknown })
})
