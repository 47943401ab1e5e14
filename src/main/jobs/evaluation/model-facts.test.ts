/** @file What a model's health tells a grid. */
import { expect, test } from 'vitest'
import type { CheckpointHealth, HealthCheck } from '../../../shared/domain/health.ts'
import { toFacts } from './model-facts.ts'

const variant: HealthCheck = {
  id: 'checkpoint.variant',
  title: '',
  verdict: 'ok',
  detail: '',
  values: { maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 4, reasonerHiddenSize: 64, weaverHiddenSize: 32 },
}
const facts = (checks: HealthCheck[], kind: CheckpointHealth['kind'] = 'memgen') => toFacts({ checks, kind })

test('sizes come from the checkpoint’s check', () => {
  expect(facts([variant])).toEqual({ memory: { maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 4, reasonerHiddenSize: 64, weaverHiddenSize: 32 }, triggerProblem: null, problem: null })
  expect(facts([], 'base-model').memory).toBeNull()
})

test('a trigger that decides nothing by the text is told in the check’s words', () => {
  const active: HealthCheck = { id: 'trigger.active', title: '', verdict: 'ok', detail: 'fine' }
  const head: HealthCheck = { id: 'trigger.head', title: '', verdict: 'warning', detail: 'freshly initialised' }
  expect(facts([variant, active, head]).triggerProblem).toBe('freshly initialised')
  expect(facts([variant, { ...active, verdict: 'warning', detail: 'inactive' }, head]).triggerProblem).toBe('inactive')
})

test('a model that cannot be read says why', () => {
  expect(facts([{ id: 'reasoner.readable', title: '', verdict: 'error', detail: 'config.json: not found' }], 'unreadable').problem).toBe('config.json: not found')
})
