/** @file How long a grid would compute, and by whose pace. */
import { expect, test } from 'vitest'
import { evaluationProvenance, evaluationStamp } from '../../../../test/support/recorded-evaluation.ts'
import { evaluationPlanSchema, type EvaluationPlan } from '../../../shared/domain/evaluation.ts'
import type { MeasuredRun } from '../../log/index.ts'
import { forecastTime, isMadeAs } from './forecast-time.ts'

const provenance = evaluationProvenance(evaluationStamp('d', 10))
const gsm8k = { name: 'gsm8k', source: { kind: 'hub', repo: 'openai/gsm8k' } }

function planOf(changes: Record<string, unknown> = {}): EvaluationPlan {
  return evaluationPlanSchema.parse({ modelId: 'm', task: gsm8k, config: { maxNewTokens: 100, policy: { kind: 'always' } }, repeats: 1, latents: 'none', batchSize: 8, ...changes })
}

/** 40 results of 50 tokens in a minute. */
function measured(plan: EvaluationPlan = planOf(), changes: Partial<MeasuredRun> = {}): MeasuredRun {
  return { plan, provenance, total: 100, done: 40, tokens: 2_000, elapsedMs: 60_000, ...changes }
}

const work = (plan: EvaluationPlan = planOf(), changes: { sampleCount?: number; maxTurns?: number } = {}) => ({ plan, sampleCount: 10, maxTurns: 1, ...changes })

test('a task that ran before takes as long for each result as it did', () => {
  const time = forecastTime([work(planOf({ repeats: 2 }), { maxTurns: 4 })], [measured()])
  expect(time).toEqual({ computeMs: 30_000, basis: 'as the last run of this model on this task (40 samples/min)' })
})

test('another task tells tokens a second, and every answer is as long as it may be', () => {
  const time = forecastTime([work(planOf({ task: { name: 'math', source: { kind: 'bundled' } } }), { maxTurns: 3 })], [measured()])
  expect(time).toEqual({ computeMs: (10 * 3 * 100 * 60_000) / 2_000, basis: 'if every answer is as long as it may be (33 tokens/s, as the last run of this model on another task)' })
})

test('files of one’s own are the same task only where they are the same files', () => {
  const own = (path: string) => planOf({ task: { name: 'generic', source: { kind: 'files', paths: [path] }, fields: { prompt: 'question' } } })
  expect(forecastTime([work(own('a.jsonl'))], [measured(own('a.jsonl'))])?.computeMs).toBe(15_000)
  expect(forecastTime([work(own('a.jsonl'))], [measured(own('b.jsonl'))])?.basis).toContain('another task')
})

test('the same task counts before the same policy, that before the same limit and batch, and then the newest', () => {
  const vanilla = { maxNewTokens: 100, policy: { kind: 'vanilla' } }
  const runs = [
    measured(planOf({ task: { name: 'math', source: { kind: 'bundled' } } }), { done: 1 }),
    measured(planOf({ config: vanilla }), { done: 2 }),
    measured(planOf({ batchSize: 1 }), { done: 3 }),
    measured(planOf(), { done: 4 }),
    measured(planOf(), { done: 5 }),
  ]
  expect(forecastTime([work()], runs)?.basis).toContain('(4.0 samples/min)')
  expect(forecastTime([work()], runs.slice(0, 3))?.basis).toContain('(3.0 samples/min)')
  expect(forecastTime([work()], runs.slice(0, 2))?.basis).toBe('as the last run of this model on this task, under another policy (2.0 samples/min)')
  expect(forecastTime([work(), work(planOf({ config: vanilla }))], runs.slice(0, 2))?.basis).toContain(', partly under another policy')
})

test('runs of several models on several tasks add up, and those that nothing tells of are named', () => {
  const math = { name: 'math', source: { kind: 'bundled' } }
  const works = [work(), work(planOf({ task: math })), work(planOf({ modelId: 'other' })), work(planOf({ modelId: 'new' }))]
  const time = forecastTime(works, [measured(), measured(planOf({ modelId: 'other' }), { elapsedMs: 120_000 })])
  expect(time).toEqual({
    computeMs: 15_000 + (10 * 100 * 60_000) / 2_000 + 30_000,
    basis: 'as the last runs of these models on this task (20 to 40 samples/min); on other tasks if every answer is as long as it may be (33 tokens/s, as the last run of this model on another task); 1 of the 4 runs not counted: nothing was measured of their model',
  })
})

test('where nothing was measured of any model nothing is said', () => {
  expect(forecastTime([work()], [])).toBeNull()
  expect(forecastTime([work()], [measured(planOf({ modelId: 'other' }))])).toBeNull()
})

test('only runs of this machine, this device, this precision and a whole batch are like it', () => {
  const placement = { device: 'cpu', precision: 'f32' } as const
  const { host } = provenance
  expect(isMadeAs(measured(), placement, { ...host, memoryBytes: 1 })).toBe(true)
  expect(isMadeAs(measured(planOf(), { total: 2, done: 2 }), placement, host)).toBe(true)
  expect(isMadeAs(measured(), placement, { ...host, cpu: 'Another' })).toBe(false)
  expect(isMadeAs(measured(), { ...placement, device: 'webgpu' }, host)).toBe(false)
  expect(isMadeAs(measured(), { ...placement, precision: 'q8' }, host)).toBe(false)
  expect(isMadeAs(measured(planOf(), { done: 7 }), placement, host)).toBe(false)
})
