/** @file Grids as their runs: combinations, names, warnings. */
import { expect, test } from 'vitest'
import { experimentRequestSchema, type ExperimentRequestInput } from '../../../shared/domain/evaluation.ts'
import { expandGrid, warnAboutGrid, type GridModel } from './expand-grid.ts'

const facts: GridModel['facts'] = {
  memory: { maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 4, reasonerHiddenSize: 64, weaverHiddenSize: 64 },
  triggerProblem: null,
  problem: null,
}
const greedy: ExperimentRequestInput = { name: 'g', models: ['m'], tasks: [{ name: 'gsm8k', source: { kind: 'hub', repo: 'openai/gsm8k' } }], arms: [{ policy: { kind: 'trigger' } }] }

function runsOf(changes: Partial<ExperimentRequestInput> = {}, modelFacts: Partial<GridModel['facts']> = {}) {
  const request = experimentRequestSchema.parse({ ...greedy, ...changes })
  return expandGrid(request, (modelId) => ({ name: `model ${modelId}`, facts: { ...facts, ...modelFacts } }))
}

test('every combination is a run with its own policy, sampling and seed, models outermost', () => {
  const runs = runsOf({ models: ['m', 'n'], arms: [{ policy: { kind: 'vanilla' } }, { policy: { kind: 'always' }, intervention: { kind: 'zero' } }], samplings: [{}, { doSample: true, temperature: 0.7 }], seeds: [1, 2] })
  expect(runs).toHaveLength(16)
  expect(runs.map(({ plan }) => plan.modelId)).toEqual([...Array<string>(8).fill('m'), ...Array<string>(8).fill('n')])
  expect(runs.at(-1)?.plan.config).toMatchObject({ policy: { kind: 'always' }, intervention: { kind: 'zero' }, sampling: { doSample: true, temperature: 0.7 }, seed: 2 })
})

test('a name tells a run from its neighbours, with memory in the reference’s form', () => {
  expect(runsOf().map(({ name }) => name)).toEqual(['gsm8k trigger pn=1_pl=8_in=5_il=4 seed 42'])
  expect(runsOf({ config: { maxInferenceAugNum: 3 } })[0]?.name).toContain('_in=3_')
  expect(runsOf({ models: ['m', 'n'], samplings: [{}, { doSample: true, temperature: 0.7, topK: 50 }] }).map(({ name }) => name)).toEqual([
    'model m gsm8k trigger pn=1_pl=8_in=5_il=4 greedy seed 42',
    'model m gsm8k trigger pn=1_pl=8_in=5_il=4 T=0.7 top-k 50 seed 42',
    'model n gsm8k trigger pn=1_pl=8_in=5_il=4 greedy seed 42',
    'model n gsm8k trigger pn=1_pl=8_in=5_il=4 T=0.7 top-k 50 seed 42',
  ])
  expect(runsOf({}, { memory: null })[0]?.name).toBe('gsm8k trigger seed 42')
})

test('runs of one name are numbered, and equal ones are told', () => {
  const runs = runsOf({ seeds: [1, 1] })
  expect(runs.map(({ name }) => name.replace(/.* seed/, 'seed'))).toEqual(['seed 1', 'seed 1 #2'])
  expect(runs[1]?.warnings).toEqual([`It is the same as ${runs[0]?.name ?? ''}.`])
})

test.each([
  ['repeats of a greedy run', { repeats: 4 }, {}, 'the 4 repeats of each sample are the same'],
  ['an intervention on nothing', { arms: [{ policy: { kind: 'vanilla' as const }, intervention: { kind: 'zero' as const } }] }, {}, 'Vanilla has no latents'],
  ['a trigger that was not trained', {}, { triggerProblem: 'It always answers “insert”.' }, 'was not trained: It always answers'],
  ['memory that is not there', {}, { memory: null }, 'This model has no memory: trigger cannot run.'],
  ['a model that cannot be read', {}, { memory: null, problem: 'config.json: not found' }, 'could not be inspected: config.json: not found'],
  ['code that may not run', { tasks: [{ name: 'kodcode' as const, source: { kind: 'hub' as const, repo: 'a/b' } }] }, {}, 'nothing can be judged'],
  ['searches that nobody answers', { tasks: [{ name: 'triviaqa' as const, source: { kind: 'hub' as const, repo: 'a/b' } }] }, {}, 'every search is an error'],
  ['sampling that is greedy', { samplings: [{ doSample: true, temperature: 0 }] }, {}, 'temperature 0 is greedy'],
])('%s is told', (_, changes: Partial<ExperimentRequestInput>, modelFacts, warning) => {
  expect(runsOf(changes, modelFacts)[0]?.warnings.join(' ')).toContain(warning)
})

test('a run without oddities has no warnings', () => {
  expect(runsOf({ samplings: [{ doSample: true }], repeats: 4 })[0]?.warnings).toEqual([])
})

test('what several seeds add is told once for the grid, of the arms that it is true of', () => {
  const warn = (changes: Partial<ExperimentRequestInput>): string[] => warnAboutGrid(experimentRequestSchema.parse({ ...greedy, ...changes }))
  const random = { policy: { kind: 'random' as const, probability: 0.5 } }
  const vanilla = { policy: { kind: 'vanilla' as const } }
  expect(warn({ seeds: [1, 2, 3] })).toEqual(['Greedy runs of trigger draw nothing, so their 3 seeds give the same results 3 times.'])
  expect(warn({ seeds: [1, 2], arms: [vanilla, random, { policy: { kind: 'always' }, intervention: { kind: 'zero' } }] })).toEqual(['Greedy runs of vanilla, always+zero draw nothing, so their 2 seeds give the same results 2 times.'])
  expect(warn({ repeats: 4 })).toEqual(['Greedy runs of trigger draw nothing, so their 4 repeats are the same.'])
  expect(warn({ seeds: [1, 2, 3], samplings: [{ doSample: true }] })).toEqual([])
  expect(warn({ seeds: [1, 2], arms: [random] })).toEqual([])
  expect(warn({ seeds: [7], arms: [vanilla, random] })).toEqual(['Where random:0.5 inserts is drawn from seed 7 alone: other seeds show how much the draw matters.'])
})
