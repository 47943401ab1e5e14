/** @file Text survives the tokenizer, and a bad tokenizer folder is refused by the name of its file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeByteLevelTokenizer } from '../../../../test/support/byte-level-tokenizer.ts'
import { openTokenizer } from './tokenizer.ts'
import { TokenizerError } from './tokenizer-error.ts'

function errorOf(folder: string): TokenizerError {
  try {
    openTokenizer(folder)
  } catch (error) {
    if (error instanceof TokenizerError) return error
    throw error
  }
  throw new Error('expected a TokenizerError')
}

describe('a byte-level tokenizer', () => {
  const tokenizer = openTokenizer(writeByteLevelTokenizer())

  test('decodes what it encoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => tokenizer.decode(tokenizer.encode(text)) === text.toWellFormed()))
  })

  test('decodes no ids to the empty text', () => {
    expect(tokenizer.decode([])).toBe('')
  })

  test('gives ids without a token no text, wherever they stand', () => {
    const [first, ...rest] = tokenizer.encode('你.')
    expect(tokenizer.decode([9999])).toBe('')
    expect(tokenizer.decode([9999, first ?? 0, 5000, ...rest, 266])).toBe('你.')
    expect(tokenizer.tokenText(9999)).toBe('[9999]')
  })

  test('recognises special tokens in the text and adds none', () => {
    const ids = tokenizer.encode('<|im_start|>a<|im_end|>')
    expect(ids).toEqual([264, 0x61, tokenizer.eosTokenId])
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('a')
  })

  test('knows a text that ends inside a character from one that ends in stray bytes', () => {
    expect(tokenizer.endsInsideCharacter([0xe4, 0xbd])).toBe(true)
    expect(tokenizer.endsInsideCharacter([0xf0])).toBe(true)
    expect(tokenizer.endsInsideCharacter([0xe4, 0xbd, 0xa0])).toBe(false)
    expect(tokenizer.endsInsideCharacter([0x80])).toBe(false)
    expect(tokenizer.endsInsideCharacter([0xff])).toBe(false)
    expect(tokenizer.endsInsideCharacter(tokenizer.encode('\ufffd'))).toBe(false)
  })
})

describe('special tokens', () => {
  test('are found as AddedToken objects', () => {
    const folder = writeByteLevelTokenizer({ config: { eos_token: { content: '<|im_end|>', lstrip: false } } })
    expect(openTokenizer(folder).eosTokenId).toBe(265)
  })

  test('come from special_tokens_map.json where tokenizer_config.json has none', () => {
    const folder = writeByteLevelTokenizer({
      config: { eos_token: null, pad_token: null },
      specialTokensMap: { eos_token: '<|endoftext|>', pad_token: { content: '<|im_start|>' } },
    })
    expect(openTokenizer(folder)).toMatchObject({ eosTokenId: 263, padTokenId: 264, isPadFromConfig: true })
  })

  test('pad with the end of sequence where there is no pad token', () => {
    const folder = writeByteLevelTokenizer({ config: { pad_token: null } })
    expect(openTokenizer(folder)).toMatchObject({ eosTokenId: 265, padTokenId: 265, isPadFromConfig: false })
  })
})

describe('clean-up of spaces', () => {
  test('happens only where tokenizer_config.json asks for it', () => {
    const plain = openTokenizer(writeByteLevelTokenizer({ config: { clean_up_tokenization_spaces: undefined } }))
    const cleaning = openTokenizer(writeByteLevelTokenizer({ config: { clean_up_tokenization_spaces: true } }))
    expect(plain.decode(plain.encode('a .'))).toBe('a .')
    expect(cleaning.decode(cleaning.encode('a .'))).toBe('a.')
  })
})

describe('a folder that cannot be used', () => {
  test('names the file that is missing', () => {
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      const folder = writeByteLevelTokenizer()
      rmSync(join(folder, name))
      expect(errorOf(folder)).toMatchObject({ path: join(folder, name), message: expect.stringContaining('missing') })
    }
    expect(errorOf(mkdtempSync(join(tmpdir(), 'memgen-tokenizer-'))).path).toMatch(/tokenizer\.json$/)
  })

  test('names the file when an end-of-sequence token is missing or unknown', () => {
    expect(errorOf(writeByteLevelTokenizer({ config: { eos_token: null } })).message).toMatch(/tokenizer_config\.json: no eos_token/)
    expect(errorOf(writeByteLevelTokenizer({ config: { eos_token: '</s>' } })).message).toMatch(/tokenizer\.json: eos_token "<\/s>"/)
  })

  test('refuses ids that would make it allocate without bound', () => {
    const addedTokens = [{ id: 2 ** 40, content: '<|im_end|>' }]
    expect(errorOf(writeByteLevelTokenizer({ tokenizerJson: { added_tokens: addedTokens } })).message).toMatch(/added_tokens\.0\.id/)
  })

  test('refuses a folder or a pipe in a file’s place, and merges that are no pairs', () => {
    const folder = writeByteLevelTokenizer()
    rmSync(join(folder, 'tokenizer.json'))
    mkdirSync(join(folder, 'tokenizer.json'))
    expect(errorOf(folder).message).toMatch(/tokenizer\.json: expected a file/)
    const model = { type: 'BPE', vocab: { a: 0 }, merges: [5, { a: 1 }] }
    expect(errorOf(writeByteLevelTokenizer({ tokenizerJson: { model } })).message).toMatch(/tokenizer\.json: model\.merges/)
  })

  test('never fails with anything but an error that names the file', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ model: fc.object(), decoder: fc.option(fc.object()), added_tokens: fc.array(fc.object()) }, { requiredKeys: [] })
        .map((value) => JSON.stringify(value)),
      fc
        .record({ type: fc.constantFrom('BPE', 'Unigram', 'WordPiece', 'x'), vocab: fc.dictionary(fc.string(), fc.nat()), merges: fc.json() })
        .map((model) => JSON.stringify({ model })),
    )
    const folder = writeByteLevelTokenizer()
    const path = join(folder, 'tokenizer.json')
    fc.assert(
      fc.property(garbage, (text) => {
        writeFileSync(path, text)
        expect(errorOf(folder).path).toBe(path)
      }),
    )
  })
})
