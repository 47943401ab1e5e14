/** @file Results in the log: found as people ask for them, judged again, walked through, replayed. What was said of them before stays. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { evaluationResult, evaluationRunId, evaluationSample, randomOf, recordEvaluation, startEvaluationRun } from '../../../test/support/recorded-evaluation.ts'
import { newBranch, newTrace, traceId } from '../../../test/support/recorded-trace.ts'
import type { EvaluationLog, NewResult, ResultsQuery } from './evaluation-log.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

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

describe('results of a run', () => {
  const everything: ResultsQuery = { runId: first, show: 'all', search: '', offset: 0, limit: 100 }

  beforeEach(async () => {
    const plan = await startEvaluationRun(evaluations, { repeats: 2 })
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
    const plan = await startEvaluationRun(evaluations)
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
    const places = (await Array.fromAsync(evaluations.placesOf(second))).flat()
    expect(places).toEqual(turns.map(({ sampleId, repeat, domain, reward, record: { asked, tokenIds } }) => ({ sampleId, repeat, domain, reward, asked, tokenCount: tokenIds.length })))
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
