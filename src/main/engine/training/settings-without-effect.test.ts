/** @file What a run is told about settings that its checkpoint overrules. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeTrainingConfig, type TrainingConfigInput } from '../../../shared/domain/training-defaults.ts'
import { readMemGenCheckpoint } from '../checkpoint/index.ts'
import { findOverruledSettings } from './settings-without-effect.ts'

const golden = join(import.meta.dirname, '../../../../test/golden/qwen2')
const checkpoint = readMemGenCheckpoint(join(golden, 'memgen'))
const { promptLatentsLen, inferenceLatentsLen, directory } = checkpoint
const weaverLora = { r: 4, loraAlpha: 8, targetModules: ['v_proj', 'q_proj'] }
const triggerLora = { ...weaverLora, loraAlpha: 16 }

const overruledSettings = (model: Partial<TrainingConfigInput['model']>): string[] => {
  const asInTheCheckpoint = { reasonerDir: join(golden, 'base'), promptLatentsLen, inferenceLatentsLen, weaverLora, triggerLora }
  const config = completeTrainingConfig({ stage: 'weaver', dataset: { trainFile: 't.jsonl' }, outputDirectory: 'out', model: { ...asInTheCheckpoint, ...model } })
  return findOverruledSettings(config, checkpoint)
}

test('a configuration that says what the checkpoint has is told nothing, whatever the order of modules', () => {
  expect(overruledSettings({})).toEqual([])
})

test('what differs is told with its key, what was asked for and what is used', () => {
  const why = `the checkpoint that the run starts from has it so (${directory}).`
  expect(overruledSettings({ promptLatentsLen: 16, weaverLora: { ...weaverLora, r: 32, targetModules: ['q_proj'] }, triggerLora: { ...triggerLora, loraAlpha: 1 } })).toEqual([
    `model.weaver.prompt_latents_len is 16, but ${promptLatentsLen} is used: ${why}`,
    `model.weaver.lora_config.r is 32, but 4 is used: ${why}`,
    `model.weaver.lora_config.target_modules is q_proj, but q_proj, v_proj is used: ${why}`,
    `model.trigger.lora_config.lora_alpha is 1, but 16 is used: ${why}`,
  ])
})

test('a checkpoint without a LoRA is told as that', () => {
  const bare = { ...checkpoint, trigger: { ...checkpoint.trigger, adapter: undefined } }
  const config = completeTrainingConfig({ stage: 'trigger', dataset: { trainFile: 't.jsonl' }, outputDirectory: 'out', model: { reasonerDir: 'base', promptLatentsLen, inferenceLatentsLen, weaverLora, triggerLora } })
  expect(findOverruledSettings(config, bare)).toEqual([`model.trigger.lora_config is r 4, but no LoRA is used: the checkpoint that the run starts from has it so (${directory}).`])
})
