/** @file The key that was meant. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findNearestKey } from './nearest-key.ts'
import { referenceKeys } from './reference-keys.ts'

const keys = Object.keys(referenceKeys)

test.each([
  ['datasets.mode', 'dataset.mode'],
  ['model.prompt_latents', 'model.weaver.prompt_latents_len'],
  ['run.weaver.learning_rate', 'run.weaver.sft.learning_rate'],
  ['run.weaver.sft.learningrate', 'run.weaver.sft.learning_rate'],
  ['model.weaver.lora_config.alpha', 'model.weaver.lora_config.lora_alpha'],
  ['seed', 'run.seed'],
])('of %s is %s', (wrong, meant) => {
  expect(findNearestKey(wrong, keys)).toBe(meant)
})

test('of a real key is itself', () => {
  fc.assert(fc.property(fc.constantFrom(...keys), (key) => findNearestKey(key, keys) === key))
})
