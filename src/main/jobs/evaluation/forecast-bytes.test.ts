/** @file How much the log would grow by at most. */
import { expect, test } from 'vitest'
import { evaluationPlanSchema, type EvaluationPlan } from '../../../shared/domain/evaluation.ts'
import { forecastBytes } from './forecast-bytes.ts'

const memory = { maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 4, reasonerHiddenSize: 1000, weaverHiddenSize: 500 }

function bytesOf(config: Partial<EvaluationPlan['config']>, latents: EvaluationPlan['latents'], given: typeof memory | null = memory): number {
  const plan = evaluationPlanSchema.parse({ modelId: 'm', task: { name: 'demo-new', source: { kind: 'bundled' } }, config: { maxNewTokens: 100, policy: { kind: 'always' }, ...config }, repeats: 1, latents, batchSize: 8 })
  return forecastBytes(plan, 10, 1, { memory: given })
}

const latentsOf = (...args: Parameters<typeof bytesOf>): number => bytesOf(...args) - bytesOf(args[0], 'none')

test('latents count at their width, at most as often as the policy inserts', () => {
  // One block of 8 and five of 4, of 10 samples.
  expect(latentsOf({}, 'projected')).toBe(10 * (8 + 5 * 4) * 2 * 1000)
  expect(latentsOf({}, 'all')).toBe(10 * (8 + 5 * 4) * 4 * 1500)
  expect(latentsOf({ policy: { kind: 'prompt-only' } }, 'projected')).toBe(10 * 8 * 2 * 1000)
  expect(latentsOf({ maxInferenceAugNum: 2 }, 'projected')).toBe(10 * (8 + 2 * 4) * 2 * 1000)
  expect(latentsOf({ policy: { kind: 'schedule', steps: [1, 2, 3] } }, 'projected')).toBe(10 * (8 + 3 * 4) * 2 * 1000)
})

test.each([[{ policy: { kind: 'vanilla' as const } }, memory], [{}, null]])('without memory there are no latents (%#)', (config, given) => {
  expect(latentsOf(config, 'all', given)).toBe(0)
})

test('a longer limit costs more', () => {
  expect(bytesOf({ maxNewTokens: 200 }, 'none')).toBeGreaterThan(bytesOf({}, 'none'))
})
