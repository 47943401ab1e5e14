/** @file Pieces of streamed text join to the decoded whole, also after rewinding and forking. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeByteLevelTokenizer } from '../../../../test/support/byte-level-tokenizer.ts'
import { StreamedText } from './streamed-text.ts'
import { openTokenizer, type Tokenizer } from './tokenizer.ts'

const tokenizer = openTokenizer(writeByteLevelTokenizer())

/** Any ids: bytes that rarely make characters, merges, special tokens, ids beyond the tokenizer. */
const anyIds = fc.array(fc.nat({ max: 300 }), { maxLength: 40 })
const textIds = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => tokenizer.encode(text))
const ids = fc.array(fc.oneof(anyIds, textIds), { maxLength: 4 }).map((parts) => parts.flat())

function expectedText(sequence: readonly number[]): string {
  const text = tokenizer.decode(sequence)
  return tokenizer.endsInsideCharacter(sequence) ? text.slice(0, -1) : text
}

test('the pieces join to the decoded text, but for a character still incomplete', () => {
  fc.assert(
    fc.property(ids, (sequence) => {
      const streamed = new StreamedText(tokenizer)
      let text = ''
      sequence.forEach((id, index) => {
        text += streamed.push(id)
        expect(text).toBe(expectedText(sequence.slice(0, index + 1)))
      })
      expect(streamed.text).toBe(text)
    }),
  )
})

test('the token that completes a character carries it', () => {
  const streamed = new StreamedText(tokenizer)
  expect([0xe4, 0xbd, 0xa0, 0x2e].map((id) => streamed.push(id))).toEqual(['', '', '你', '.'])
})

test('a stray byte is replaced at once', () => {
  const streamed = new StreamedText(tokenizer)
  expect([0xff, 0x80, 0x61].map((id) => streamed.push(id))).toEqual(['\ufffd', '\ufffd', 'a'])
})

test('truncating and going on equals never having gone astray', () => {
  fc.assert(
    fc.property(ids, ids, ids, (kept, dropped, next) => {
      const streamed = new StreamedText(tokenizer)
      for (const id of [...kept, ...dropped]) streamed.push(id)
      streamed.truncate(kept.length)
      for (const id of next) streamed.push(id)
      expect(streamed.text).toBe(expectedText([...kept, ...next]))
    }),
  )
})

test('a long text is forked', () => {
  const streamed = new StreamedText(tokenizer)
  for (let index = 0; index < 150_000; index++) streamed.push(0x61)
  expect(streamed.fork().length).toBe(150_000)
})

test('a fork and its origin do not see each other', () => {
  const streamed = new StreamedText(tokenizer)
  streamed.push(0xe4)
  const fork = streamed.fork()
  fork.push(0xbd)
  fork.push(0xa0)
  streamed.push(0x61)
  expect([fork.text, streamed.text]).toEqual(['你', '\ufffda'])
})

test('refuses to truncate to a length it does not have', () => {
  expect(() => new StreamedText(tokenizer).truncate(1)).toThrow(RangeError)
})

test('a token costs the same after many tokens as after few', () => {
  let decodedIds = 0
  const counting: Tokenizer = {
    ...tokenizer,
    decode(sequence, options) {
      decodedIds += sequence.length
      return tokenizer.decode(sequence, options)
    },
  }
  const streamed = new StreamedText(counting)
  for (let index = 0; index < 500; index += 1) streamed.push(index % 2 === 0 ? 0x80 : 0x61)
  expect(decodedIds).toBeLessThan(500 * 4)
})

test('decoders that drop the first space do so once', () => {
  const folder = writeByteLevelTokenizer({
    tokenizerJson: {
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
      post_processor: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'BPE',
        unk_token: null,
        byte_fallback: true,
        vocab: { '▁a': 0, '<0xE4>': 1, '<0xBD>': 2, '<0xA0>': 3, '<0x80>': 4 },
        merges: [],
      },
    },
  })
  const streamed = new StreamedText(openTokenizer(folder))
  expect([0, 0, 1, 2, 3, 0].map((id) => streamed.push(id))).toEqual(['a', ' a', '', '', '你', ' a'])
})
