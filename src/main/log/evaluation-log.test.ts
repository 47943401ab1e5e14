/** @file What the log keeps of experiments comes back as it was; what people write on runs and results keeps what was there before. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  evaluationPlan,
  evaluationProvenance,
  evaluationRequest,
  evaluationResult,
  evaluationRunId,
  evaluationSample,
  evaluationStamp,
  experimentId,
  randomOf,
  recordEvaluation,
  startEvaluationRun,
} from '../../../test/support/recorded-evaluation.ts'
import type { ClusterSetId } from '../../shared/domain/experiment-ids.ts'
import { runViewSchema } from '../../shared/domain/run-view.ts'
import type { Prompt } from '../../shared/domain/trace.ts'
import { float16ToFloat32, float32ToFloat16 } from '../../shared/half.ts'
import type { EvaluationLog, NewResult } from './evaluation-log.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

/** Rows, keys and the free space of pages; the aim is 10 MB for 1,000 samples of 300 tokens. */
const MAX_BYTES_A_RESULT = 10_000

const first = evaluationRunId('experiment-0')
const second = evaluationRunId('experiment-1')

let folder: string
let path: string
let clock: number
let log: ExperimentLog
let evaluations: EvaluationLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  clock = 1_000
  log = await openLog(path, { now: () => clock })
  evaluations = log.evaluations
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** Changes the log behind its back. */
function corrupt(statement: string): void {
  const database = new Database(path)
  database.exec(statement)
  database.close()
}

describe('an experiment', () => {
  it('is recorded with its runs, which begin as queued, and comes back after reopening', async () => {
    const request = evaluationRequest()
    const plan = evaluationPlan({ policy: { kind: 'random', probability: 0.5 }, seed: 7, repeats: 3, latents: 'all' })
    const { experiment, runs } = await evaluations.createExperiment({ id: experimentId('e'), name: 'Żółw', request }, [
      { id: first, name: 'one', modelName: 'Sample', plan, tags: ['b', 'a', 'a'] },
      { id: second, name: 'two', modelName: 'Sample', plan, tags: [], importedFrom: 'answer.json', createdAt: 5 },
    ])
    expect(experiment).toEqual({ id: 'e', name: 'Żółw', request, runCount: 2, createdAt: 1_000 })
    expect(runs).toMatchObject([
      { id: first, experimentId: 'e', experimentName: 'Żółw', plan, status: 'queued', total: 0, accuracy: null, datasetId: null, provenance: null, computedWith: null, importedFrom: null, tags: ['a', 'b'], note: '', isStarred: false, trashedAt: null, createdAt: 1_000 },
      { id: second, importedFrom: 'answer.json', createdAt: 5 },
    ])
    await log.close()
    log = await openLog(path)
    expect(await log.evaluations.listExperiments()).toEqual([experiment])
    expect(await log.evaluations.getExperiment(experimentId('e'))).toEqual(experiment)
    expect(await log.evaluations.listRuns()).toEqual(runs)
  })

  it('is recorded whole or not at all', async () => {
    await startEvaluationRun(evaluations)
    const plan = evaluationPlan({ policy: { kind: 'vanilla' }, seed: 1, repeats: 1, latents: 'none' })
    const run = { name: 'r', modelName: 'Sample', plan, tags: [] }
    await expect(evaluations.createExperiment({ id: experimentId('other'), name: 'O', request: evaluationRequest() }, [{ id: second, ...run }, { id: first, ...run }])).rejects.toThrow('UNIQUE')
    expect((await evaluations.listExperiments()).map(({ id }) => id)).toEqual(['experiment'])
    expect(await evaluations.getRun(second)).toBeUndefined()
  })
})

describe('a run', () => {
  it('changes as it goes on, and keeps what is not named', async () => {
    await startEvaluationRun(evaluations)
    clock = 2_000
    const stamp = evaluationStamp('d', 3)
    await evaluations.update(first, { status: 'running', total: 3, processId: 77, provenance: evaluationProvenance(stamp), addedMs: 10 })
    const run = await evaluations.update(first, { status: 'failed', error: 'no memory', addedMs: 5, processId: null })
    expect(run).toMatchObject({ status: 'failed', error: 'no memory', total: 3, datasetId: 'd', totals: { elapsedMs: 15 }, createdAt: 1_000, updatedAt: 2_000 })
    expect(await evaluations.processOf(first)).toBeNull()
    expect((await evaluations.getRun(first))?.provenance).toEqual(evaluationProvenance(stamp))
    expect((await evaluations.update(first, { status: 'queued', error: null, processId: 8 })).error).toBeNull()
    expect(await evaluations.processOf(first)).toBe(8)
  })

  it('gives its provenance alone, of which lists tell commit, device and precision', async () => {
    await recordEvaluation(evaluations, { samples: 2 })
    expect((await evaluations.listRuns()).map(({ provenance }) => provenance)).toEqual([null, null])
    expect((await evaluations.listRuns()).map(({ computedWith }) => computedWith)).toEqual(Array(2).fill({ commit: '0123456789abcdef', device: 'cpu', precision: 'f32' }))
    expect((await evaluations.getRun(first))?.provenance?.commit).toBe('0123456789abcdef')
  })

  it('that is not recorded cannot be changed', async () => {
    const problem = 'internal: evaluation run experiment-0 is not recorded'
    await expect(evaluations.update(first, { status: 'running' })).rejects.toThrow(problem)
    await expect(evaluations.addResults(first, [])).rejects.toThrow(problem)
    await expect(evaluations.annotate([first], { note: 'x' })).rejects.toThrow(problem)
    expect(await evaluations.getRun(first)).toBeUndefined()
  })
})

describe('annotations', () => {
  it('are put on several runs at once', async () => {
    await recordEvaluation(evaluations, { samples: 1, tags: ['paper'] })
    clock = 3_000
    const runs = await evaluations.annotate([first, second], { addTags: ['paper', 'żółw'], removeTags: ['vanilla'], note: 'look again', isStarred: true, isTrashed: true })
    expect(runs).toMatchObject([
      { id: first, tags: ['paper', 'żółw'], note: 'look again', isStarred: true, trashedAt: 3_000 },
      { id: second, tags: ['paper', 'trigger', 'żółw'] },
    ])
    expect(await evaluations.annotate([first], { isTrashed: false })).toMatchObject([{ trashedAt: null, note: 'look again', isStarred: true }])
  })
})

describe('a dataset', () => {
  it('is kept once, in its order, and grows where a later run reads more of it', async () => {
    const samples = Array.from({ length: 5 }, (_, index) => ({ ...evaluationSample(index), id: `sample ${9 - index}`, extra: { tests: ['assert f(1) == 2'], at: index } }))
    await evaluations.saveDataset(evaluationStamp('d', 2), 'kodcode', samples.slice(0, 2))
    await evaluations.saveDataset(evaluationStamp('d', 5), 'kodcode', samples)
    await evaluations.saveDataset(evaluationStamp('d', 1), 'kodcode', samples.slice(0, 1))
    expect(await evaluations.samplesOf('d')).toEqual(samples)
    expect(await evaluations.samplesOf('d', 3)).toEqual(samples.slice(0, 3))
    expect(await evaluations.samplesOf('unknown')).toEqual([])
    expect(await evaluations.getDataset('d')).toEqual({ stamp: evaluationStamp('d', 5), task: 'kodcode' })
    expect(await evaluations.getDataset('unknown')).toBeUndefined()
  })
})

describe('a result', () => {
  it.each(['none', 'projected', 'all'] as const)('comes back with its turns, latents kept: %s', async (latents) => {
    const plan = await startEvaluationRun(evaluations, { latents, repeats: 2 })
    const added = evaluationResult(evaluationSample(1), 1, plan, randomOf(5), { turns: 3 })
    await evaluations.addResults(first, [added])
    const whole = await evaluations.getResult({ runId: first, sampleId: 'sample-1', repeat: 1 })
    expect(whole).toEqual({ result: { ...added.result, human: null }, sample: evaluationSample(1), turns: latents === 'projected' ? added.turns.map(inHalves) : added.turns })
    expect(whole?.turns.some(({ record }) => record.weaves.length > 0)).toBe(true)
    expect(await evaluations.getResult({ runId: first, sampleId: 'sample-1', repeat: 0 })).toBeUndefined()
  })

  it('keeps its first generation', async () => {
    const plan = await startEvaluationRun(evaluations)
    const [one, other] = [evaluationResult(evaluationSample(0), 0, plan, randomOf(1)), evaluationResult(evaluationSample(0), 0, plan, randomOf(2))]
    await evaluations.addResults(first, [one, other])
    const run = await evaluations.addResults(first, [other])
    expect(run.totals).toMatchObject({ done: 1, tokens: one.result.tokenCount })
    expect((await evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 }))?.turns).toEqual(one.turns.map(inHalves))
  })

  it('of a sample that no dataset has is a bug', async () => {
    const plan = await startEvaluationRun(evaluations)
    await expect(evaluations.addResults(first, [evaluationResult(evaluationSample(9), 0, plan, randomOf(1))])).rejects.toThrow('internal: sample sample-9 of evaluation run experiment-0 is in no recorded dataset')
    expect((await evaluations.getRun(first))?.totals.done).toBe(0)
  })

  it('whose latents no half can hold keeps them whole', async () => {
    const plan = await startEvaluationRun(evaluations)
    const { result, turns } = evaluationResult(evaluationSample(0), 0, plan, randomOf(1))
    const large = turns.map((turn) => ({ ...turn, record: { ...turn.record, weaves: turn.record.weaves.map((weave) => ({ ...weave, latents: Float32Array.of(1 / 3, 1e6, 0, -1e9) })) } }))
    await evaluations.addResults(first, [{ result, turns: large }])
    expect((await evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 }))?.turns).toEqual(large)
  })

  it('of another program may have no turns', async () => {
    const plan = await startEvaluationRun(evaluations)
    const { result } = evaluationResult(evaluationSample(0), 0, plan, randomOf(1))
    await evaluations.addResults(first, [{ result, turns: [] }])
    expect(await evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 })).toMatchObject({ result, turns: [] })
  })

  it.each([
    ["update evaluation_turn set record = x'02'", 'table evaluation_turn, row experiment-0/0/0/0, column record: a packed record of version 1 was expected, found 2'],
    ["update evaluation_turn set asked = '[[0]]'", 'table evaluation_turn, row experiment-0/0/0/0, column asked: at 0'],
    ["update evaluation_latents set latents = x'00'", 'table evaluation_latents, row experiment-0/0/0/0/0, column latents: it must hold latents_rows x latents_columns numbers'],
    ["update evaluation_result set failure_mode = 'unlucky', is_audited = 1", 'table evaluation_result, row experiment-0/0/0, column failure_mode:'],
    ["update dataset_sample set answers = '{'", 'table dataset_sample, row d/0, column answers: expected JSON'],
  ])('that is not what the schema says is named after: %s', async (statement, message) => {
    const plan = await startEvaluationRun(evaluations)
    await evaluations.addResults(first, [evaluationResult(evaluationSample(0), 0, plan, randomOf(3))])
    corrupt(statement)
    await expect(evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 })).rejects.toMatchObject({ name: 'LogRowError', path, message: expect.stringContaining(message) as string })
  })

  it(`of 300 tokens takes less than ${MAX_BYTES_A_RESULT} bytes without latents`, async () => {
    const samples = 200
    await recordEvaluation(evaluations, { runs: 2, samples, tokens: 400, latents: 'none' })
    const { totals } = (await evaluations.getRun(second)) ?? {}
    expect((totals?.tokens ?? 0) / samples).toBeGreaterThan(290)
    await log.close()
    expect(statSync(path).size / (2 * samples)).toBeLessThan(MAX_BYTES_A_RESULT)
    log = await openLog(path)
  })
})

describe('saved views', () => {
  const view = runViewSchema.parse({ columns: ['name'] })

  it('are replaced by name, and go to the trash', async () => {
    const saved = await evaluations.saveView('mine', view)
    const other = { ...view, groupBy: 'task' }
    expect(await evaluations.saveView('mine', other)).toEqual({ ...saved, view: other })
    await evaluations.saveView('again', view)
    expect((await evaluations.listViews()).map(({ name }) => name)).toEqual(['again', 'mine'])
    await evaluations.removeView(saved.id)
    expect((await evaluations.listViews()).map(({ name }) => name)).toEqual(['again'])
    expect((await evaluations.saveView('mine', view)).id).not.toBe(saved.id)
  })
})

describe('donors of latents', () => {
  const prompts: Prompt[] = [{ kind: 'text', text: 'a\0b' }, { kind: 'messages', messages: [{ role: 'user', content: 'Why?' }] }]
  const donors = prompts.map((prompt, index) => ({ sampleId: `donor ${index}`, prompt }))
  const origin = { runId: first, sampleId: 'sample-1', repeat: 0, turn: 0 }
  const block = (value: number) => ({ rows: 2, columns: 3, data: new Float32Array(6).fill(value) })

  it('come back in order, also after reopening; a run keeps those it was given first', async () => {
    await startEvaluationRun(evaluations)
    expect(await evaluations.donorsOf(first)).toEqual([])
    await evaluations.saveDonors(first, donors)
    await evaluations.saveDonors(first, donors.toReversed())
    await log.close()
    log = await openLog(path)
    expect(await log.evaluations.donorsOf(first)).toEqual(donors)
  })

  it('stand in the records that were given something of theirs, and in no other', async () => {
    const plan = await startEvaluationRun(evaluations)
    const [given, plain] = [1, 2].map((index) => evaluationResult(evaluationSample(index), 0, plan, randomOf(index)))
    if (given === undefined || plain === undefined) throw new Error('two results should have been made')
    const positions = { prompt: [1], inference: [1, 0] }
    const turns = given.turns.map((turn) => ({ ...turn, record: { ...turn.record, donors: positions } }))
    await evaluations.addResults(first, [{ ...given, turns }, plain])
    const donorsOf = async (sampleId: string) => (await evaluations.getResult({ runId: first, sampleId, repeat: 0 }))?.turns[0]?.record.donors
    expect(await donorsOf('sample-1')).toEqual(positions)
    expect(await donorsOf('sample-2')).toBeNull()
  })

  it('what they give to replays of a result comes back in order, bit for bit, and is kept once', async () => {
    await startEvaluationRun(evaluations)
    const latents = { prompt: [block(1 / 3)], inference: [block(2), block(NaN)] }
    expect(await log.donatedLatentsOf(origin)).toEqual({ prompt: [], inference: [] })
    await log.saveDonatedLatents(origin, latents)
    await log.saveDonatedLatents(origin, { prompt: [block(9)], inference: [] })
    expect(await log.donatedLatentsOf(origin)).toEqual(latents)
    expect(await log.donatedLatentsOf({ ...origin, turn: 1 })).toEqual({ prompt: [], inference: [] })
  })

  it.each([
    ["update evaluation_turn set donors = '{}'", 'table evaluation_turn, row experiment-0/1/0/0, column donors: at prompt', () => evaluations.getResult({ runId: first, sampleId: 'sample-1', repeat: 0 })],
    ['update donated_latents set latents_rows = 3', 'table donated_latents, row experiment-0/sample-1/0/0/prompt/0, column latents: it must hold', () => log.donatedLatentsOf(origin)],
    ["update evaluation_donor set messages = '[]' where position = 1", 'table evaluation_donor, row experiment-0/1, column messages', () => evaluations.donorsOf(first)],
  ])('a value that is not what the schema says is named: %s', async (statement, message, read) => {
    const plan = await startEvaluationRun(evaluations)
    await evaluations.addResults(first, [evaluationResult(evaluationSample(1), 0, plan, randomOf(1))])
    await evaluations.saveDonors(first, donors)
    await log.saveDonatedLatents(origin, { prompt: [block(1)], inference: [] })
    corrupt(statement)
    await expect(read()).rejects.toThrow(message)
  })
})

describe('a set of clusters', () => {
  it('comes back as it was', async () => {
    const id = 'clusters' as ClusterSetId
    const set = { id, centroids: { rows: 2, columns: 3, data: Float32Array.of(1, 2, 3, 4, 5, 1 / 3) }, origin: '{"k":2}' }
    await evaluations.saveClusterSet(set)
    expect(await evaluations.getClusterSet(id)).toEqual(set)
    expect(await evaluations.getClusterSet('other' as ClusterSetId)).toBeUndefined()
  })
})

/** A turn whose latents were kept in half precision. */
function inHalves(turn: NewResult['turns'][number]): NewResult['turns'][number] {
  const weaves = turn.record.weaves.map((weave) => ({ ...weave, latents: weave.latents === null ? null : float16ToFloat32(float32ToFloat16(weave.latents)) }))
  return { ...turn, record: { ...turn.record, weaves } }
}
