/** @file Fields over a YAML text become the words of `--options`. */
import { expect, test } from 'vitest'
import { emptyTrainingDraft, optionsOf } from './training-draft-content.ts'

test('an empty field leaves its setting to the text', () => {
  expect(optionsOf(emptyTrainingDraft)).toEqual([])
})

test('settings of the trainer go to the section of the stage and method', () => {
  const fields = { ...emptyTrainingDraft.fields, trainFile: ' train.jsonl ', maxSteps: '30' }
  expect(optionsOf({ stage: 'trigger', method: 'grpo', fields })).toEqual(['dataset.train_file', 'train.jsonl', 'run.trigger.grpo.max_steps', '30'])
})
