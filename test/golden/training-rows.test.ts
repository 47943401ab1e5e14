/** @file Labels and insertion points of every training case against the reference. Runs no model. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodeConversation } from '../../src/main/engine/training/encode-conversation.ts'
import {
  assistantMarks,
  detectRowMode,
  IGNORED_LABEL,
  ignoreAssistantHeaders,
  supervisedPasses,
  type LabelledRow,
  type TrainingPass,
} from '../../src/main/engine/training/supervised-rows.ts'
import { textGate } from '../../src/main/engine/tokenization/delimiter-gate.ts'
import { openTokenizer } from '../../src/main/engine/tokenization/tokenizer.ts'
import { findTrainingCases } from '../support/training-case.ts'

describe.each(findTrainingCases())('training case $name', ({ sft, location, delimiters }) => {
  const tokenizer = openTokenizer(location.reasonerDir)
  const marks = assistantMarks(tokenizer)
  const options = {
    marks,
    gate: textGate(tokenizer, delimiters),
    maxInferenceAugNum: sft.options.max_inference_aug_num,
    maxPromptAugNum: sft.options.max_prompt_aug_num,
  }

  test.each(sft.examples)('rows of $id', ({ mode, messages, input_ids, attention_mask, labels, expected }) => {
    expect(detectRowMode(input_ids[0]!, marks)).toBe(mode)
    input_ids.forEach((ids, index) => {
      const padded: LabelledRow = { ids, labels: labels[index]! }
      expect(ignoreAssistantHeaders(padded, marks)).toEqual(expected.postprocessed_labels[index])
      const places = realPlaces(attention_mask[index]!)
      const row: LabelledRow = { ids: places.map((at) => ids[at]!), labels: places.map((at) => padded.labels[at]!) }
      if (messages !== undefined) expect(encodeConversation(tokenizer, messages[index]!)).toEqual(row)
      const passes = supervisedPasses(row, { ...options, mode })
      expect(labelsOf(passes, row.ids.length)).toEqual(places.map((at) => expected.supervised_labels[index]![at]))
      if (expected.augmentation_points != null) {
        expect(passes.map(({ insertions }) => insertions.map(({ tokenIndex }) => places[tokenIndex]))).toEqual([expected.augmentation_points[index]])
      }
    })
  })
})

test('folders without a training part are passed over', () => {
  for (const { directory } of findTrainingCases()) expect(readdirSync(directory)).toContain('train.json')
})

/** Indices of a padded row that are no padding. */
function realPlaces(mask: readonly number[]): number[] {
  return mask.flatMap((isReal, at) => (isReal === 1 ? [at] : []))
}

/** The passes' targets as the reference keeps them: a label for each of `length` places, ignored where none counts. */
function labelsOf(passes: readonly TrainingPass[], length: number): number[] {
  const labels = Array<number>(length).fill(IGNORED_LABEL)
  for (const { targets } of passes) for (const { position, label } of targets) labels[position] = label
  return labels
}
