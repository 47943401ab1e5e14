import { describe, expect, it } from 'vitest'
import { evaluationPlanSchema } from '../domain/evaluation.ts'
import type { EvaluationPlan } from '../domain/evaluation.ts'
import { anchors } from './anchors.ts'
import { comparability, differenceFrom, matchingAnchors, type Answer, type ComparedRun } from './comparability.ts'

function runWith({ samples = 1319, ...plan }: { samples?: number; task?: object; config?: object; modelName?: string } = {}): ComparedRun {
  const full: EvaluationPlan = evaluationPlanSchema.parse({
    modelId: 'm',
    task: { name: 'gsm8k', source: { kind: 'bundled' }, ...plan.task },
    config: { policy: { kind: 'vanilla' }, ...plan.config },
    repeats: 1,
    latents: 'none',
    batchSize: 8,
  })
  return {
    modelName: plan.modelName ?? 'Qwen2.5-1.5B-Instruct',
    plan: full,
    provenance: null,
    status: 'finished',
    total: samples,
    totals: { done: samples, judged: samples, right: 500, rewardSum: 500, failed: 0, tokens: 1, promptInsertions: 0, inferenceInsertions: 0, elapsedMs: 1 },
    importedFrom: null,
    accuracy: { estimate: 0.42, low: 0.39, high: 0.45 },
  }
}

const anchor = (id: string): (typeof anchors)[number] => anchors.find((one) => one.id === id)!
const vanilla = anchor('table-3/qwen2.5-1.5b/gsm8k/vanilla')

function answers(run: ComparedRun, against = vanilla): Record<string, Answer> {
  return Object.fromEntries(comparability(run, against).map(({ question, answer }) => [question, answer]))
}

describe('whether a run may be held against a published number', () => {
  it('says yes to each likeness and that the sample count cannot be told', () => {
    expect(answers(runWith())).toEqual({ Model: 'yes', Method: 'yes', Split: 'yes', Samples: 'unknown', Prompt: 'yes', Sampling: 'yes' })
    expect(answers(runWith({ samples: 1000 })).Samples).toBe('yes')
  })

  it('says no to another model, split, number of samples, scoring or sampling', () => {
    const other = runWith({ samples: 200, modelName: 'SmolLM3-3B', task: { split: 'valid', scoring: { kind: 'boxed' } }, config: { sampling: { doSample: true, temperature: 0.7 } } })
    expect(answers({ ...other, provenance: { model: { location: { reasonerDir: '/models/SmolLM3-3B' }, files: [] } } as unknown as ComparedRun['provenance'] })).toEqual({ Model: 'no', Method: 'yes', Split: 'no', Samples: 'no', Prompt: 'no', Sampling: 'no' })
  })

  it('does not know a model whose weights are not recorded', () => {
    expect(answers(runWith({ modelName: 'my model' })).Model).toBe('unknown')
  })

  it('tells policies apart, and a policy from how the checkpoint was trained', () => {
    const random = runWith({ task: { name: 'gpqa' }, config: { policy: { kind: 'random', probability: 0.5 } } })
    expect(answers(random, anchor('table-5/qwen2.5-1.5b/gpqa/random-p=0.5')).Method).toBe('unknown')
    expect(answers(random, anchor('table-5/qwen2.5-1.5b/gpqa/random-p=0.2')).Method).toBe('no')
    expect(answers(runWith(), anchor('table-3/qwen2.5-1.5b/gsm8k/grpo')).Method).toBe('no')
  })

  it('counts a run that is not done as not comparable', () => {
    const run = runWith({ samples: 1000 })
    expect(answers({ ...run, status: 'paused', totals: { ...run.totals, done: 10 } }).Samples).toBe('no')
  })

  it('does not know how an imported run was asked', () => {
    expect(answers({ ...runWith(), importedFrom: 'answer.json' })).toMatchObject({ Prompt: 'unknown', Sampling: 'unknown' })
  })

  it('lists the likest first', () => {
    const [first] = matchingAnchors(runWith(), anchors)
    expect(first?.anchor).toMatchObject({ model: 'Qwen2.5-1.5B', task: 'gsm8k', method: 'Vanilla' })
    expect(matchingAnchors(runWith({ task: { name: 'demo-new' } }), anchors)).toEqual([])
  })

  it('moves the run’s interval by the published value', () => {
    const difference = differenceFrom(runWith(), vanilla)
    expect(difference?.estimate).toBeCloseTo(0.0249, 10)
    expect(difference?.low).toBeCloseTo(-0.0051, 10)
  })
})
