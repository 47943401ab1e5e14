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
} from '../../../test/support/recorded-evaluation.ts'
import { newBranch, newTrace, traceId } from '../../../test/support/recorded-trace.ts'
import type { LatentRecord } from '../../shared/domain/compact-record.ts'
import type { ClusterSetId } from '../../shared/domain/experiment-ids.ts'
import { runViewSchema } from '../../shared/domain/run-view.ts'
import { float16ToFloat32, float32ToFloat16 } from '../../shared/half.ts'
import type { EvaluationLog, NewResult, ResultsQuery } from './evaluation-log.ts'
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

/** Run `experiment-0` over the dataset `d`, ready for results. */
async function startRun({ latents = 'projected', repeats = 1 }: { latents?: LatentRecord; repeats?: number } = {}) {
  const plan = evaluationPlan({ policy: { kind: 'always' }, seed: 42, repeats, latents })
  await evaluations.createExperiment({ id: experimentId('experiment'), name: 'E', request: evaluationRequest() }, [{ id: first, name: 'r', modelName: 'Sample', plan, tags: [] }])
  await evaluations.saveDataset(evaluationStamp('d', 3), 'demo-new', [0, 1, 2].map(evaluationSample))
  await evaluations.update(first, { datasetId: 'd' })
  return plan
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
      { id: first, experimentId: 'e', experimentName: 'Żółw', plan, status: 'queued', total: 0, accuracy: null, datasetId: null, provenance: null, importedFrom: null, tags: ['a', 'b'], note: '', isStarred: false, trashedAt: null, createdAt: 1_000 },
      { id: second, importedFrom: 'answer.json', createdAt: 5 },
    ])
    await log.close()
    log = await openLog(path)
    expect(await log.evaluations.listExperiments()).toEqual([experiment])
    expect(await log.evaluations.getExperiment(experimentId('e'))).toEqual(experiment)
    expect(await log.evaluations.listRuns()).toEqual(runs)
  })

  it('is recorded whole or not at all', async () => {
    await startRun()
    const plan = evaluationPlan({ policy: { kind: 'vanilla' }, seed: 1, repeats: 1, latents: 'none' })
    const run = { name: 'r', modelName: 'Sample', plan, tags: [] }
    await expect(evaluations.createExperiment({ id: experimentId('other'), name: 'O', request: evaluationRequest() }, [{ id: second, ...run }, { id: first, ...run }])).rejects.toThrow('UNIQUE')
    expect((await evaluations.listExperiments()).map(({ id }) => id)).toEqual(['experiment'])
    expect(await evaluations.getRun(second)).toBeUndefined()
  })
})

describe('a run', () => {
  it('changes as it goes on, and keeps what is not named', async () => {
    await startRun()
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

  it('gives its provenance alone, not in lists', async () => {
    await recordEvaluation(evaluations, { samples: 2 })
    expect((await evaluations.listRuns()).map(({ provenance }) => provenance)).toEqual([null, null])
    expect((await evaluations.getRun(first))?.provenance?.commit).toBe('0123456789abcdef')
  })

  it('that is not recorded cannot be changed', async () => {
    const problem = 'internal: evaluation run experiment-0 is not recorded'
    await expect(evaluations.update(first, { status: 'running' })).rejects.toThrow(problem)
    await expect(evaluations.addResults(first, [])).rejects.toThrow(problem)
    await expect(evaluations.annotate([first], { note: 'x' })).rejects.toThrow(problem)
    expect(await evaluations.getRun(first)).toBeUndefined()
  })

  it("has Wilson's interval, with repeats one that is never too narrow until somebody finds a better one", async () => {
    const [plain, repeated] = [await recordEvaluation(evaluations, { id: 'plain', samples: 40, runs: 1 }), await recordEvaluation(evaluations, { id: 'repeated', samples: 10, repeats: 4, runs: 1 })]
    const width = ({ low, high }: { low: number; high: number }) => high - low
    const [one, many] = [plain[0]?.accuracy ?? { low: 0, high: 0 }, repeated[0]?.accuracy ?? { low: 0, high: 0 }]
    expect(width(many)).toBeGreaterThan(width(one) * 1.5)
    const runId = evaluationRunId('repeated-0')
    expect((await evaluations.update(runId, { accuracyBounds: { low: 0.25, high: 0.5 } })).accuracy).toMatchObject({ low: 0.25, high: 0.5 })
    expect((await evaluations.rescore(runId, null, [])).accuracy).toEqual(many)
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
  })
})

describe('a result', () => {
  it.each(['none', 'projected', 'all'] as const)('comes back with its turns, latents kept: %s', async (latents) => {
    const plan = await startRun({ latents, repeats: 2 })
    const added = evaluationResult(evaluationSample(1), 1, plan, randomOf(5), { turns: 3 })
    await evaluations.addResults(first, [added])
    const whole = await evaluations.getResult({ runId: first, sampleId: 'sample-1', repeat: 1 })
    expect(whole).toEqual({ result: { ...added.result, human: null }, sample: evaluationSample(1), turns: latents === 'projected' ? added.turns.map(inHalves) : added.turns })
    expect(whole?.turns.some(({ record }) => record.weaves.length > 0)).toBe(true)
    expect(await evaluations.getResult({ runId: first, sampleId: 'sample-1', repeat: 0 })).toBeUndefined()
  })

  it('keeps its first generation', async () => {
    const plan = await startRun()
    const [one, other] = [evaluationResult(evaluationSample(0), 0, plan, randomOf(1)), evaluationResult(evaluationSample(0), 0, plan, randomOf(2))]
    await evaluations.addResults(first, [one, other])
    const run = await evaluations.addResults(first, [other])
    expect(run.totals).toMatchObject({ done: 1, tokens: one.result.tokenCount })
    expect((await evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 }))?.turns).toEqual(one.turns.map(inHalves))
  })

  it('of a sample that no dataset has is a bug', async () => {
    const plan = await startRun()
    await expect(evaluations.addResults(first, [evaluationResult(evaluationSample(9), 0, plan, randomOf(1))])).rejects.toThrow('internal: sample sample-9 of evaluation run experiment-0 is in no recorded dataset')
    expect((await evaluations.getRun(first))?.totals.done).toBe(0)
  })

  it('whose latents no half can hold keeps them whole', async () => {
    const plan = await startRun()
    const { result, turns } = evaluationResult(evaluationSample(0), 0, plan, randomOf(1))
    const large = turns.map((turn) => ({ ...turn, record: { ...turn.record, weaves: turn.record.weaves.map((weave) => ({ ...weave, latents: Float32Array.of(1 / 3, 1e6, 0, -1e9) })) } }))
    await evaluations.addResults(first, [{ result, turns: large }])
    expect((await evaluations.getResult({ runId: first, sampleId: 'sample-0', repeat: 0 }))?.turns).toEqual(large)
  })

  it('of another program may have no turns', async () => {
    const plan = await startRun()
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
    const plan = await startRun()
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

describe('results of a run', () => {
  const everything: ResultsQuery = { runId: first, show: 'all', search: '', offset: 0, limit: 100 }

  beforeEach(async () => {
    const plan = await startRun({ repeats: 2 })
    const judged = (sample: number, repeat: number, reward: number | null, error: string | null = null): NewResult => {
      const { result, turns } = evaluationResult(evaluationSample(sample), repeat, plan, randomOf(sample))
      return { result: { ...result, text: `text ${sample}`, error, judgement: { reward, error: null, extracted: '100%', expected: null } }, turns: turns.slice(0, 0) }
    }
    await evaluations.addResults(first, [judged(2, 0, 1), judged(1, 1, 0.5), judged(0, 1, null, 'boom'), judged(1, 0, 2), judged(2, 1, 0)])
    await evaluations.audit({ runId: first, sampleId: 'sample-2', repeat: 0 }, { isRight: true, failureMode: null })
    await evaluations.audit({ runId: first, sampleId: 'sample-2', repeat: 1 }, { isRight: true, failureMode: null })
    await evaluations.audit({ runId: first, sampleId: 'sample-0', repeat: 1 }, { isRight: null, failureMode: 'tool-response' })
  })

  it.each<[Partial<ResultsQuery>, string[]]>([
    [{}, ['0/1', '1/0', '1/1', '2/0', '2/1']],
    [{ show: 'right' }, ['1/0', '2/0']],
    [{ show: 'wrong' }, ['1/1', '2/1']],
    [{ show: 'unjudged' }, ['0/1']],
    [{ show: 'failed' }, ['0/1']],
    [{ show: 'failed', search: 'TEXT 0' }, ['0/1']],
    [{ show: 'unaudited' }, ['1/0', '1/1']],
    [{ show: 'disputed' }, ['2/1']],
    [{ search: 'SAMPLE-2' }, ['2/0', '2/1']],
    [{ search: '0%' }, ['0/1', '1/0', '1/1', '2/0', '2/1']],
    [{ search: 'geometry' }, ['1/0', '1/1']],
    [{ search: 'nowhere' }, []],
  ])('are found in the order of the dataset: %j', async (query, expected) => {
    const { results, total } = await evaluations.listResults({ ...everything, ...query })
    expect(results.map(({ sampleId, repeat }) => `${sampleId.slice(-1)}/${repeat}`)).toEqual(expected)
    expect(total).toBe(expected.length)
  })

  it('come a page at a time', async () => {
    const { results, total } = await evaluations.listResults({ ...everything, offset: 3, limit: 1 })
    expect(results).toMatchObject([{ sampleId: 'sample-2', repeat: 0, human: { isRight: true, failureMode: null } }])
    expect(total).toBe(5)
  })

  it('are found by samples', async () => {
    const found = await evaluations.resultsOfSamples(first, ['sample-2', 'sample-0', 'unknown'])
    expect(found.map(({ sampleId, repeat }) => [sampleId, repeat])).toEqual([['sample-0', 1], ['sample-2', 0], ['sample-2', 1]])
  })
})

describe('what was said before', () => {
  it('is kept when results are judged again and verdicts are changed', async () => {
    const plan = await startRun()
    await evaluations.addResults(first, [evaluationResult(evaluationSample(0), 0, plan, randomOf(1))])
    const key = { runId: first, sampleId: 'sample-0', repeat: 0 }
    const before = (await evaluations.getResult(key))?.result.judgement
    const judgement = { reward: null, error: 'no box', extracted: null, expected: '7' }
    clock = 2_000
    await evaluations.rescore(first, { kind: 'boxed' }, [{ sampleId: 'sample-0', repeat: 0, judgement }])
    await evaluations.rescore(first, null, [{ sampleId: 'sample-0', repeat: 0, judgement: { ...judgement, reward: 1, error: null } }])
    await evaluations.audit(key, { isRight: false, failureMode: 'planning' })
    expect((await evaluations.audit(key, null))?.human).toBeNull()
    expect((await evaluations.getResult(key))?.result).toMatchObject({ judgement: { reward: 1, error: null, expected: '7' }, human: null })

    const database = new Database(path, { readonly: true })
    expect(database.prepare('select scoring_number, reward, extracted, judge_error from evaluation_former_judgement order by 1').raw().all()).toEqual([
      [0, before?.reward, before?.extracted, null],
      [1, null, null, 'no box'],
    ])
    expect(database.prepare('select number, scoring, created_at from evaluation_scoring order by 1').raw().all()).toEqual([[1, '{"kind":"boxed"}', 2_000], [2, null, 2_000]])
    expect(database.prepare('select number, verdict from evaluation_verdict order by 1').raw().all()).toEqual([[1, '{"isRight":false,"failureMode":"planning"}'], [2, null]])
    database.close()
    await expect(evaluations.rescore(first, null, [{ sampleId: 'sample-1', repeat: 0, judgement }])).rejects.toThrow('has no result of sample sample-1, repeat 0')
  })
})

describe('walking through a run', () => {
  it('gives every turn and every block in order, over more results than are read at a time', async () => {
    await recordEvaluation(evaluations, { samples: 150, repeats: 2, turns: 2, tokens: 6, hidden: 4, latents: 'all' })
    const turns = await Array.fromAsync(evaluations.turnsOf(second))
    expect(turns).toHaveLength(600)
    expect(turns.slice(0, 5).map(({ sampleId, repeat, turn }) => [sampleId, repeat, turn])).toEqual([['sample-0', 0, 0], ['sample-0', 0, 1], ['sample-0', 1, 0], ['sample-0', 1, 1], ['sample-1', 0, 0]])
    const whole = await evaluations.getResult({ runId: second, sampleId: 'sample-149', repeat: 1 })
    expect(turns.at(-1)?.record.tokenIds).toEqual(whole?.turns[1]?.record.tokenIds)
    const woven = await Array.fromAsync(evaluations.latentsOf(second, 'woven'))
    expect(woven).toHaveLength(turns.reduce((sum, { record }) => sum + record.weaves.length, 0))
    expect(woven[0]?.latents).toMatchObject({ rows: 4, columns: 4 })
    const last = woven.at(-1)
    const of = await evaluations.getResult({ runId: second, sampleId: last?.sampleId ?? '', repeat: last?.repeat ?? 0 })
    expect(last?.latents.data).toEqual(of?.turns[last?.turn ?? 0]?.record.weaves.find(({ stepIndex }) => stepIndex === last?.stepIndex)?.latentsBeforeProjection)
    expect(await Array.fromAsync(evaluations.latentsOf(first, 'projected'))).toEqual([])
  })
})

describe('the replay of a turn', () => {
  it('is the latest finished trace from the prompt with that origin', async () => {
    await recordEvaluation(evaluations, { samples: 1 })
    const origin = { runId: first, sampleId: 'sample-0', repeat: 0, turn: 1 }
    const find = () => evaluations.findReplay(origin, 1)
    await log.createTrace(newTrace('a', { origin }))
    expect(await find()).toBeUndefined()
    await log.finishTrace(traceId('a'), 'eos', null)
    await log.createTrace({ ...newBranch('b', 'a', 0), origin })
    await log.finishTrace(traceId('b'), 'eos', null)
    expect(await find()).toBe('a')
    expect(await evaluations.findReplay(origin, 0)).toBeUndefined()
    expect((await log.getTraceHeader(traceId('b')))?.origin).toEqual(origin)
  })

  it('is none that was stopped on its way', async () => {
    await recordEvaluation(evaluations, { samples: 1 })
    const origin = { runId: first, sampleId: 'sample-0', repeat: 0, turn: 1 }
    await log.createTrace(newTrace('a', { origin }))
    await log.finishTrace(traceId('a'), 'stopped', null)
    expect(await evaluations.findReplay(origin, 1)).toBeUndefined()
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
