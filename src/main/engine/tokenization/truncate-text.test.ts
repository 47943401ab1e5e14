/** @file Observations cut as the reference cuts them (docs/REFERENCE.md 11). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { openTokenizer } from './tokenizer.ts'
import { truncateText } from './truncate-text.ts'

const tokenizer = openTokenizer(goldenLocation('qwen2').reasonerDir)
const ending = tokenizer.encode('...').length

test('a text of the allowed length stays as it is, special tokens and all', () => {
  const text = 'a,<|im_end|> b'
  expect(truncateText(tokenizer, text, tokenizer.encode(text).length)).toEqual({ text, isTruncated: false })
})

test('a longer text keeps its first tokens, less those of the ending, and loses special tokens', () => {
  const text = 'x<|im_end|>yz, and so on'
  const kept = tokenizer.encode(text).slice(0, 4)
  expect(truncateText(tokenizer, text, 4 + ending)).toEqual({ text: `${tokenizer.decode(kept, { skipSpecialTokens: true })}...`, isTruncated: true })
  expect(truncateText(tokenizer, text, 1)).toEqual({ text: '...', isTruncated: true })
})

test('what was cut is never longer than allowed, and begins as the text does', () => {
  // Characters of one byte: none is cut through.
  const ascii = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', ',', '.', '\n'), maxLength: 80 })
  fc.assert(
    fc.property(ascii, fc.integer({ min: ending, max: 40 }), (text, maxTokens) => {
      const cut = truncateText(tokenizer, text, maxTokens)
      const ids = tokenizer.encode(text)
      expect(cut.isTruncated).toBe(ids.length > maxTokens)
      if (!cut.isTruncated) return
      expect(text.startsWith(cut.text.slice(0, -3))).toBe(true)
      expect(cut.text).toBe(`${tokenizer.decode(ids.slice(0, maxTokens - ending))}...`)
    }),
  )
})
