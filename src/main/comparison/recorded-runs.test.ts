/** @file Questions to runs as a log holds them: samples side by side, places of insertion, benefits beside sweeps. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluationRunId, recordEvaluation } from '../../../test/support/recorded-evaluation.ts'
import { comparedSamplesRequestSchema, type ComparedSamplesRequest } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import { sweepRequestSchema, sweepIdSchema, type SweepOutcome } from '../../shared/domain/sweep.ts'
import { triggerStatisticsRequestSchema, type RunTriggerStatistics } from '../../shared/domain/trigger-statistics.ts'
import { openLog, type ExperimentLog } from '../log/index.ts'
import { benefitPoints } from './benefit-points.ts'
import { comparedSamples } from './compared-samples.ts'
import { compareRuns } from './compare-runs.ts'
import { triggerStatistics } from './trigger-statistics.ts'

let folder: string
let log: ExperimentLog
let runs: EvaluationRun[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-comparison-'))
  log = await openLog(join(folder, 'log.sqlite'))
  runs = await recordEvaluation(log.evaluations, { runs: 4, samples: 40, repeats: 2 })
})

afterAll(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

function ask(changes: Partial<ComparedSamplesRequest> = {}) {
  const [baseline, other] = runs
  return comparedSamples(log.evaluations, { ...comparedSamplesRequestSchema.parse({ runIds: [baseline!.id, other!.id], baselineId: baseline!.id }), ...changes })
}

/** The counts, and all that was told on the way to them. */
async function countTriggers(runIds: readonly EvaluationRun['id'][]): Promise<{ runs: RunTriggerStatistics[]; fractions: number[] }> {
  const told = await Array.fromAsync(triggerStatistics(log.evaluations, triggerStatisticsRequestSchema.parse({ runIds })))
  return { runs: told.flatMap((event) => (event.kind === 'statistics' ? event.runs : [])), fractions: told.flatMap((event) => (event.kind === 'progress' ? [event.fraction] : [])) }
}

test('samples stand in the order of their dataset, each with the repeats of every run', async () => {
  const { samples, total } = await ask({ offset: 10, limit: 5 })
  expect(total).toBe(40)
  expect(samples.map(({ sampleId }) => sampleId)).toEqual(['sample-10', 'sample-11', 'sample-12', 'sample-13', 'sample-14'])
  expect(samples[0]).toMatchObject({ domain: 'geometry', question: 'What is 10 + 11? (geometry)', solution: '21' })
  expect(samples[0]?.results.map((repeats) => repeats.map(({ repeat }) => repeat))).toEqual([[0, 1], [0, 1]])
})

test('each cell of the matrix holds as many samples as the comparison counts, and all cells all of them', async () => {
  const [baseline, other] = runs
  const { pairs } = await compareRuns(log.evaluations, { runIds: [baseline!.id, other!.id], baselineId: baseline!.id, ignore: [], usesHumanVerdicts: false })
  const counts = { 'both-right': 0, harmed: 0, helped: 0, 'both-wrong': 0 }
  for (const cell of Object.keys(counts) as (keyof typeof counts)[]) counts[cell] = (await ask({ cell })).total
  expect(pairs[0]?.transitions).toEqual({ bothRight: counts['both-right'], harmed: counts.harmed, helped: counts.helped, bothWrong: counts['both-wrong'] })
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(40)
})

test('answers that were judged again in one run alone are no longer like with like', async () => {
  const [, , promptOnly, always] = await recordEvaluation(log.evaluations, { id: 'rescored', runs: 4, samples: 3 })
  const compare = () => compareRuns(log.evaluations, { runIds: [promptOnly!.id, always!.id], baselineId: promptOnly!.id, ignore: [], usesHumanVerdicts: false })
  await log.evaluations.rescore(always!.id, { kind: 'boxed' }, [])
  expect((await compare()).warnings).toMatchObject([{ kind: 'scoring', runIds: [always!.id] }])
  await log.evaluations.rescore(always!.id, null, [])
  expect((await compare()).warnings).toEqual([])
})

test('a search finds questions and answers in any case', async () => {
  expect((await ask({ search: 'what is 7 +' })).samples.map(({ sampleId }) => sampleId)).toEqual(['sample-7'])
  const text = (await ask()).samples[3]!.results[1]![0]!.text
  expect((await ask({ search: text.toUpperCase().slice(0, 30) })).samples.map(({ sampleId }) => sampleId)).toContain('sample-3')
  expect(await ask({ search: 'nobody wrote this' })).toEqual({ samples: [], total: 0 })
})

test('every place that was asked about is counted once in each view of it', async () => {
  const { runs: [vanilla, trigger, , always] } = await countTriggers(runs.map(({ id }) => id))
  expect(vanilla).toMatchObject({ completionCount: 80, prompt: { asked: 0, inserted: 0 }, byDelimiter: [], byInsertionCount: [{ insertions: 0, completions: 80, judged: 80 }] })
  const sumOf = (counts: readonly { asked: number; inserted: number }[]) => ({ asked: counts.reduce((sum, { asked }) => sum + asked, 0), inserted: counts.reduce((sum, { inserted }) => sum + inserted, 0) })
  for (const [index, statistics] of [trigger!, always!].entries()) {
    const { totals } = runs[index === 0 ? 1 : 3]!
    expect(statistics.prompt).toEqual({ asked: 80, inserted: totals.promptInsertions })
    const places = sumOf(statistics.byPosition)
    expect(places.inserted).toBe(totals.inferenceInsertions)
    expect(sumOf(statistics.byDelimiter)).toEqual(places)
    expect(sumOf(statistics.byDomain)).toEqual(places)
    expect(statistics.byInsertionCount.reduce((sum, { insertions, completions }) => sum + insertions * completions, 0)).toBe(places.inserted)
    expect(statistics.byInsertionCount.reduce((sum, { right }) => sum + right, 0)).toBe(totals.right)
  }
  // Only a trained trigger has a probability, and it inserts where that is above one half.
  expect(sumOf(always!.byProbability).asked).toBe(0)
  expect(sumOf(trigger!.byProbability).asked).toBe(80 + sumOf(trigger!.byPosition).asked)
  expect(sumOf(trigger!.byProbability.slice(0, 10)).inserted).toBe(0)
  expect(trigger!.byProbability.slice(11).every(({ asked, inserted }) => asked === inserted)).toBe(true)
  expect(trigger!.byDelimiter.map(({ asked }) => asked)).toEqual(trigger!.byDelimiter.map(({ asked }) => asked).sort((a, b) => b - a))
})

test('counting tells how far it is, up to the end', async () => {
  const { fractions } = await countTriggers(runs.slice(0, 2).map(({ id }) => id))
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions[0]).toBeLessThan(1)
  expect(fractions.at(-1)).toBe(1)
})

test('a benefit stands beside the probability of the same place, and beside none where the run had read something else', async () => {
  const run = runs[1]!
  const { sample, turns } = (await log.evaluations.getResult({ runId: run.id, sampleId: 'sample-0', repeat: 0 }))!
  const { record } = turns[0]!
  const outcome = (candidates: number[], score: number | null): SweepOutcome => ({ candidates, text: record.texts.join(''), tokenCount: 1, insertionCount: 0, candidateCount: 1, finish: 'eos', error: null, score })
  const sweep = { id: sweepIdSchema.parse('sweep'), request: sweepRequestSchema.parse({ modelId: run.plan.modelId, prompt: sample.prompt, config: {}, reference: '1' }), modelName: 'Sample', status: 'finished' as const, error: null, candidateCount: 3, candidateLabels: ['', ',', '.'], total: 4 }
  await log.sweeps.create(sweep)
  for (const each of [outcome([], 0), outcome([0], 1), outcome([1], 0), outcome([0, 1], 1), outcome([2], null)]) await log.sweeps.addOutcome(sweep.id, each)
  await log.sweeps.create({ ...sweep, id: sweepIdSchema.parse('unscored'), request: { ...sweep.request, reference: null } })
  const [first, second, ...others] = await benefitPoints(log.evaluations, log.sweeps, run.id)
  const [skip, insert] = record.asked[0]!.triggerLogits!
  expect(first).toEqual({ sweepId: 'sweep', candidate: 0, label: '', pInvoke: 1 / (1 + Math.exp(skip - insert)), benefit: 1 })
  expect(second).toMatchObject({ candidate: 1, label: ',', benefit: 0 })
  // After an insertion the run had read memory that the sweep's generation had not.
  expect(second!.pInvoke === null).toBe(record.asked[0]!.decision === 1)
  expect(others).toEqual([])
  expect((await benefitPoints(log.evaluations, log.sweeps, runs[3]!.id)).map(({ pInvoke }) => pInvoke)).toEqual([null, null])
})

test('a run that is not in the log is named', async () => {
  const runId = evaluationRunId('gone')
  await expect(ask({ baselineId: runId })).rejects.toMatchObject({ name: 'EvaluationNotFoundError', runId })
  await expect(countTriggers([runId])).rejects.toMatchObject({ runId })
  await expect(benefitPoints(log.evaluations, log.sweeps, runId)).rejects.toMatchObject({ runId })
})
