/** @file Names of runs in the reference's form. */
import { expect, test } from 'vitest'
import { formatMemoryName } from './memory-name.ts'

test('memory is written as the reference names its folders', () => {
  expect(formatMemoryName({ maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 8 })).toBe('pn=1_pl=8_in=5_il=8')
})
