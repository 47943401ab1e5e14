/** @file Names of runs in the reference's form, written and read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMemoryName, parseMemoryName } from './memory-name.ts'

const sizes = { maxPromptAugNum: 1, promptLatentsLen: 8, maxInferenceAugNum: 5, inferenceLatentsLen: 8 }

test('memory is written as the reference names its folders', () => {
  expect(formatMemoryName(sizes)).toBe('pn=1_pl=8_in=5_il=8')
})

test.each([
  ['pn=1_pl=8_in=5_il=8', null],
  ['gsm8k trigger pn=1_pl=8_in=5_il=8 seed 42', null],
  ['.cache/evaluate/gsm8k/Qwen2.5-1.5B/pn=1_pl=8_in=5_il=8_20251003-141500/evaluate/answer.json', '20251003-141500'],
])('the form is found in %s', (name, time) => {
  expect(parseMemoryName(name)).toEqual({ ...sizes, time })
})

test.each(['', 'pn=1_pl=8_in=5', 'xpn=1_pl=8_in=5_il=8', 'pn=1_pl=8_in=5_il=8=2', 'pn=-1_pl=8_in=5_il=8', `pn=${'9'.repeat(40)}_pl=8_in=5_il=8`])('the form is not found in “%s”', (name) => {
  expect(parseMemoryName(name)).toBeNull()
})

test('whatever is written is read back', () => {
  const size = fc.nat({ max: 999_999_999 })
  fc.assert(
    fc.property(fc.record({ maxPromptAugNum: size, promptLatentsLen: size, maxInferenceAugNum: size, inferenceLatentsLen: size }), (some) => {
      expect(parseMemoryName(`task always ${formatMemoryName(some)} seed 1`)).toEqual({ ...some, time: null })
    }),
  )
})
