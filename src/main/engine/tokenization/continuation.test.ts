/** @file Text in the middle of another gets no space before its first word. */
import { expect, test } from 'vitest'
import { writeByteLevelTokenizer } from '../../../../test/support/byte-level-tokenizer.ts'
import { encodeContinuation } from './continuation.ts'
import { openTokenizer } from './tokenizer.ts'

test('byte-level tokens of a continuation are those of the text', () => {
  const tokenizer = openTokenizer(writeByteLevelTokenizer())
  for (const text of ['a b.', '\n\na', ' a', '你', '<|im_end|>', '']) expect(tokenizer.decode(encodeContinuation(tokenizer, text))).toBe(text)
})

test('a tokenizer that puts a space before the first word puts none before a continuation', () => {
  const tokenizer = openTokenizer(
    writeByteLevelTokenizer({
      tokenizerJson: {
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        post_processor: null,
        model: { type: 'BPE', unk_token: null, byte_fallback: true, vocab: { '▁': 0, a: 1, '▁a': 2, '<0x0A>': 3 }, merges: [['▁', 'a']] },
      },
    }),
  )
  expect(tokenizer.encode('a')).toEqual([2])
  expect(encodeContinuation(tokenizer, 'a')).toEqual([1])
  expect(encodeContinuation(tokenizer, ' a')).toEqual([2])
})
