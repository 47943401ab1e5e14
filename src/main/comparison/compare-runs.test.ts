/** @file Comparisons of runs whose results are made by hand. */
import { expect, test } from 'vitest'
import { evaluationProvenance, evaluationStamp } from '../../../test/support/recorded-evaluation.ts'
import { sampleRun, type SampleRunChanges } from '../../../test/support/sample-run.ts'
import type { Comparison, ComparisonWarning } from '../../shared/domain/comparison.ts'
import type { Provenance } from '../../shared/domain/evaluation.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import { runConfigSchema, type RunConfigInput } from '../../shared/domain/run-config.ts'
import type { TaskSample } from '../../shared/domain/task.ts'
import type { ResultSummary } from '../log/index.ts'
import { compareRuns } from './compare-runs.ts'

interface HandMadeRun extends SampleRunChanges {
  id: string
  /** Rewards of the repeats of each sample. */
  rewards: Record<string, (number | null)[]>
  human?: Record<string, boolean>
}

const summary = (sampleId: string, repeat: number, reward: number | null, isRight: boolean | undefined): ResultSummary => ({
  sampleId,
  repeat,
  domain: null,
  reward,
  human: isRight === undefined ? null : { isRight, failureMode: null },
  tokenCount: 4,
  insertions: { prompt: 0, inference: 0 },
  finish: 'eos',
})

function compare(made: readonly HandMadeRun[], { usesHumanVerdicts = false, questions = {} }: { usesHumanVerdicts?: boolean; questions?: Record<string, string> } = {}): Promise<Comparison> {
  const runs = new Map(
    made.map(({ rewards, human = {}, ...changes }) => {
      const run = sampleRun(changes)
      const summaries = Object.entries(rewards).flatMap(([sampleId, repeats]) => repeats.map((reward, repeat) => summary(sampleId, repeat, reward, human[sampleId])))
      return [run.id, { run, summaries }]
    }),
  )
  const [baselineId, ...others] = [...runs.keys()]
  return compareRuns(
    {
      getRun: (id) => Promise.resolve(runs.get(id)?.run),
      summariesOf: (id) => Promise.resolve(runs.get(id)?.summaries ?? []),
      lastScoring: () => Promise.resolve(null),
      samplesOf: (datasetId) => Promise.resolve([sampleAsking(questions[datasetId] ?? 'How much?')]),
    },
    { runIds: [baselineId!, ...others], baselineId: baselineId!, ignore: [], usesHumanVerdicts },
  )
}

const sampleAsking = (content: string): TaskSample => ({ id: 'a', origin: '', domain: null, prompt: { kind: 'messages', messages: [{ role: 'user', content }] }, solution: null, answers: [], extra: {} })
const config = (input: RunConfigInput) => ({ plan: { config: runConfigSchema.parse(input) } })
const kinds = (warnings: readonly ComparisonWarning[]) => warnings.map(({ kind }) => kind)
function modelWith(reasoner: string, memory: string): Provenance['model'] {
  const file = (path: string, sha256: string) => ({ path, sizeBytes: 1, sha256 })
  return { location: { reasonerDir: '/base', checkpointDir: '/memgen' }, files: [file('/base/model.safetensors', reasoner), file('/memgen/weaver.safetensors', memory)] }
}

const right = { a: [1], b: [1], c: [0], d: [0], e: [0] }

test('samples judged in both runs are counted by what became of them', async () => {
  const { pairs } = await compare([
    { id: 'baseline', rewards: { ...right, onlyHere: [1], unjudgedThere: [1] } },
    { id: 'other', rewards: { a: [1], b: [0], c: [1], d: [1], e: [0], unjudgedThere: [null], onlyThere: [1] } },
  ])
  expect(pairs).toMatchObject([
    {
      pairCount: 5,
      unpaired: { baseline: 2, other: 1 },
      transitions: { bothRight: 1, harmed: 1, helped: 2, bothWrong: 1 },
      mcNemar: { pValue: 1, holmPValue: 1 },
      accuracyDifference: { estimate: 0.2 },
      wilcoxon: null,
      bootstrap: { seed: 1, resamples: 10_000 },
    },
  ])
  expect(pairs[0]?.rewardDifference).toEqual(pairs[0]?.accuracyDifference)
})

test('with repeats, pass@k is told of every run for the draws that all of them have', async () => {
  const repeated = (repeats: number) => ({ plan: { repeats } })
  const { passRates } = await compare([
    { id: 'baseline', ...repeated(3), rewards: { a: [1, 0, 0], b: [0, 0, 0], c: [1, null, 0] } },
    { id: 'other', ...repeated(4), rewards: { a: [1, 1, 1, 1], b: [0, 0, 1, 1] } },
  ])
  expect(passRates.map(({ runId, k, sampleCount }) => [runId, k, sampleCount])).toEqual([['baseline', 2, 3], ['baseline', 3, 2], ['other', 2, 2], ['other', 3, 2]])
  // Of a's three pairs two hold the right answer, of c's one pair; b of the other run has one pair of six without a right one.
  expect(passRates.map(({ estimate }) => estimate)).toEqual([(2 / 3 + 0 + 1) / 3, 0.5, (1 + 5 / 6) / 2, 1].map((rate) => expect.closeTo(rate, 12) as unknown))
  expect((await compare([{ id: 'baseline', rewards: right }, { id: 'other', ...repeated(4), rewards: right }])).passRates).toEqual([])
})

test("a sample's repeats are one observation: it is right where at least half of them are, and its mean is paired", async () => {
  const { pairs } = await compare([
    { id: 'baseline', rewards: { a: [1, 0], b: [0, 0] } },
    { id: 'other', rewards: { a: [0, 0], b: [1, 0] } },
  ])
  expect(pairs[0]).toMatchObject({ pairCount: 2, transitions: { harmed: 1, helped: 1 }, accuracyDifference: { estimate: 0, low: -0.5, high: 0.5 } })
})

test('graded rewards are ranked as well, equal differences as equal ones', async () => {
  const { pairs } = await compare([
    { id: 'baseline', rewards: { a: [0.1], b: [0], c: [0.5] } },
    { id: 'other', rewards: { a: [0.3], b: [0.2], c: [0.5] } },
  ])
  expect(pairs[0]?.rewardDifference?.estimate).toBeCloseTo(0.4 / 3, 12)
  expect(pairs[0]).toMatchObject({ accuracyDifference: { estimate: 0 }, wilcoxon: { statistic: 0, pairCount: 2, isExact: false } })
})

test('p-values are adjusted over all runs of the comparison', async () => {
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [String(i), [0]]))
  const helped = Object.fromEntries(Object.keys(many).map((id) => [id, [1]]))
  const { pairs } = await compare([{ id: 'baseline', rewards: many }, { id: 'helps', rewards: helped }, { id: 'same', rewards: many }])
  expect(pairs.map(({ mcNemar }) => mcNemar)).toEqual([{ pValue: 2 / 1024, holmPValue: 4 / 1024 }, { pValue: 1, holmPValue: 1 }])
})

test('human verdicts overrule scores where that is asked for', async () => {
  const made: HandMadeRun[] = [{ id: 'baseline', rewards: { a: [0], b: [null] }, human: { a: true, b: true } }, { id: 'other', rewards: { a: [0], b: [0] } }]
  expect((await compare(made)).pairs[0]).toMatchObject({ pairCount: 1, transitions: { bothWrong: 1 } })
  expect((await compare(made, { usesHumanVerdicts: true })).pairs[0]).toMatchObject({ pairCount: 2, transitions: { harmed: 2 } })
})

test('runs without a common sample have no tests and say so', async () => {
  const { pairs, warnings } = await compare([{ id: 'baseline', rewards: { a: [1] } }, { id: 'other', rewards: { b: [1] } }])
  expect(pairs[0]).toMatchObject({ pairCount: 0, mcNemar: null, accuracyDifference: null, rewardDifference: null })
  expect(kinds(warnings)).toEqual(['samples'])
})

test('a policy that is compared is no warning, nor is a seed that nothing draws from', async () => {
  const other = { id: 'other', rewards: right, ...config({ policy: { kind: 'vanilla' }, seed: 7 }) }
  expect((await compare([{ id: 'baseline', rewards: right }, other])).warnings).toEqual([])
})

test.each<{ kind: ComparisonWarning['kind']; changes: SampleRunChanges }>([
  { kind: 'seeds', changes: config({ policy: { kind: 'random', probability: 0.5 }, seed: 7 }) },
  { kind: 'limits', changes: config({ maxNewTokens: 8 }) },
  { kind: 'limits', changes: config({ maxInferenceAugNum: 2 }) },
  { kind: 'sampling', changes: config({ sampling: { repetitionPenalty: 1.1 } }) },
  { kind: 'unfinished', changes: { status: 'paused' } },
  { kind: 'model', changes: { importedFrom: '/answer.json', provenance: null } },
  { kind: 'unjudged', changes: { totals: { done: 5, judged: 4 } } },
  { kind: 'samples', changes: { plan: { repeats: 2 } } },
])('what is not like with like is a warning: $kind', async ({ kind, changes }) => {
  const { warnings } = await compare([{ id: 'baseline', rewards: right }, { id: 'other', rewards: right, ...changes }])
  expect(warnings).toMatchObject([{ kind, runIds: ['other'] }])
})

test.each<{ name: string; changes: Partial<Provenance>; modelId?: string; message: RegExp | null }>([
  { name: 'other software', changes: { versions: { node: '25.0.0', 'onnxruntime-node': '1.23.0' }, commit: 'fedcba9876' }, message: /^Computed by other software: node 25.0.0, not 24.0.0; commit fedcba98, not 01234567\.$/ },
  { name: 'another device or precision', changes: { precision: 'q8' }, message: /^Computed by other software: computed on cpu q8, not on cpu f32\.$/ },
  { name: 'weights that changed under the same name', changes: { model: modelWith('reasoner', 'other') }, message: /^The files of Demo changed/ },
  { name: 'another reasoner below another model', changes: { model: modelWith('other', 'memory') }, modelId: 'other', message: /stands on another reasoner than Demo/ },
  { name: 'another checkpoint on the same reasoner', changes: { model: modelWith('reasoner', 'other') }, modelId: 'other', message: null },
])('of what runs were computed with, a warning is $name', async ({ changes, modelId, message }) => {
  const provenance = { ...evaluationProvenance(evaluationStamp('data', 5)), model: modelWith('reasoner', 'memory') }
  const other = { ...(modelId === undefined ? {} : { modelName: 'Other', plan: { modelId: modelId as ModelId } }), provenance: { ...provenance, ...changes } } // a brand only the library puts on
  const { warnings } = await compare([{ id: 'baseline', rewards: right, provenance }, { id: 'other', rewards: right, ...other }])
  if (message === null) expect(warnings).toEqual([])
  else expect(warnings).toMatchObject([{ runIds: ['other'], message: expect.stringMatching(message) as string }])
})

test('other files with the same questions are another dataset; other questions are other prompts too', async () => {
  const made: HandMadeRun[] = [{ id: 'baseline', rewards: right, datasetId: 'one' }, { id: 'other', rewards: right, datasetId: 'two' }]
  expect(kinds((await compare(made)).warnings)).toEqual(['dataset'])
  expect(kinds((await compare(made, { questions: { two: 'How many?' } })).warnings)).toEqual(['dataset', 'prompts'])
})

test('a run that is not in the log is named', async () => {
  const log = { getRun: () => Promise.resolve(undefined), summariesOf: () => Promise.resolve([]), samplesOf: () => Promise.resolve([]), lastScoring: () => Promise.resolve(null) }
  const { id } = sampleRun({ id: 'gone' })
  await expect(compareRuns(log, { runIds: [id, id], baselineId: id, ignore: [], usesHumanVerdicts: false })).rejects.toMatchObject({ name: 'EvaluationNotFoundError', runId: 'gone' })
})

test('an interval that ends at zero ends there, though tenths do not add up to it', async () => {
  const [before, after] = [[0.5, 0.1, 0.7, 0.1, 0.6, 0.6], [1, 0.1, 1, 0.3, 0.5, 0.6]]
  const rewardsOf = (rewards: readonly number[]) => Object.fromEntries(rewards.map((reward, index) => [`sample-${index}`, [reward]]))
  const { pairs } = await compare([{ id: 'base', rewards: rewardsOf(before) }, { id: 'other', rewards: rewardsOf(after) }])
  expect(pairs[0]?.rewardDifference).toMatchObject({ estimate: 0.15, low: 0 })
})
