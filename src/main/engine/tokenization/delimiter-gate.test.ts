/** @file Gates judge as decoding everything would; completions end at the first end of sequence. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeByteLevelTokenizer } from '../../../../test/support/byte-level-tokenizer.ts'
import { completionText } from './completion-text.ts'
import { delimiterTokenIds, textGate, tokenIdGate } from './delimiter-gate.ts'
import { openTokenizer } from './tokenizer.ts'

const DELIMITERS = [',', '.', '\n']
const tokenizer = openTokenizer(writeByteLevelTokenizer())
const cleaningTokenizer = openTokenizer(writeByteLevelTokenizer({ config: { clean_up_tokenization_spaces: true } }))

const delimiterHeavyId = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(0x20, 0x27, 0x2c, 0x2e, 0x0a, 0x61, 256, 257, 261, 290))
const ids = fc.array(delimiterHeavyId, { maxLength: 60 })

describe('the text gate', () => {
  test.each([
    ['as it is', tokenizer],
    ['with spaces cleaned up', cleaningTokenizer],
  ])('judges like decoding everything, %s', (_, tokenizer) => {
    for (const delimiters of [DELIMITERS, ['\n\n', ' the'], ["'", 'a.'], ['你', '<|im_end|>'], []]) {
      const gate = textGate(tokenizer, delimiters)
      fc.assert(
        fc.property(ids, (sequence) => {
          const text = tokenizer.decode(sequence)
          expect(gate(sequence).candidate).toBe(delimiters.some((delimiter) => text.endsWith(delimiter)))
        }),
      )
    }
  })

  test('names the delimiter', () => {
    const gate = textGate(tokenizer, DELIMITERS)
    expect(gate(tokenizer.encode('a.'))).toEqual({ candidate: true, reason: 'ends with "."', delimiter: '.' })
    expect(gate(tokenizer.encode('?.\n'))).toEqual({ candidate: true, reason: 'ends with "\\n"', delimiter: '\n' })
    expect(gate(tokenizer.encode('a'))).toEqual({ candidate: false, reason: null, delimiter: null })
    expect(gate([])).toEqual({ candidate: false, reason: null, delimiter: null })
  })

  test('keeps the ending in force over tokens without text, but not over special tokens', () => {
    const gate = textGate(tokenizer, DELIMITERS)
    const ending = tokenizer.encode('a.')
    expect(gate([...ending, ...Array<number>(100).fill(9999)]).candidate).toBe(true)
    expect(gate([...ending, tokenizer.eosTokenId]).candidate).toBe(false)
  })
})

test('the token id gate looks at the last id alone', () => {
  const gate = tokenIdGate(new Set([0x2e]), tokenizer)
  expect(gate([1, 0x2e])).toEqual({ candidate: true, reason: 'token 46 is a delimiter', delimiter: '.' })
  expect(gate([0x2e, 9999])).toEqual({ candidate: false, reason: null, delimiter: null })
  expect(gate([])).toEqual({ candidate: false, reason: null, delimiter: null })
})

test('delimiter tokens include those of several characters', () => {
  // ".\n" and "\n\n" are merges 256 and 261; ", " (257) ends in a space.
  expect(delimiterTokenIds(tokenizer, DELIMITERS)).toEqual([0x0a, 0x2c, 0x2e, 256, 261])
})

test('a completion ends before its first end of sequence and shows no special tokens', () => {
  const { eosTokenId } = tokenizer
  expect(completionText(tokenizer, [264, 0x61, eosTokenId, 0x62, eosTokenId])).toBe('a')
  expect(completionText(tokenizer, [0x61, 264, 0x62])).toBe('ab')
  expect(completionText(tokenizer, [eosTokenId])).toBe('')
})
