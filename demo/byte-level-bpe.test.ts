/** @file The demo's tokenizer keeps digits and delimiters apart, loses no text and is the same every time. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { delimiterTokenIds } from '../src/main/engine/tokenization/delimiter-gate.ts'
import { openTokenizer } from '../src/main/engine/tokenization/tokenizer.ts'
import { trainByteLevelBpe, writeTokenizerFolder } from './byte-level-bpe.ts'
import { trainDemoTokenizer, VOCAB_SIZE, writeDemoTokenizer } from './demo-tokenizer.ts'
import { OPERATORS } from './domains/operators.ts'
import { sampleText } from './domains/sample.ts'
import { HELD_OUT_SPLITS, pretrainingSample, TRAINING_SPLITS } from './domains/splits.ts'
import { createSampleEncoder } from './sample-encoder.ts'

const SEED = 1
const folder = mkdtempSync(join(tmpdir(), 'memgen-demo-tokenizer-'))
writeDemoTokenizer(folder, SEED)
const tokenizer = openTokenizer(folder)
const encoder = createSampleEncoder(tokenizer)
const samples = Array.from({ length: 300 }, (_, index) => pretrainingSample(SEED, index))

const pieces = (text: string): string[] => tokenizer.encode(text).map((id) => tokenizer.tokenText(id))
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '9', '.', ',', '\n', '\\', '{', 'é', '你', '<|', ' zorp', '<|im_end|>', '<|im_start|>') }),
)

describe('the tokenizer of the demo model', () => {
  test('has 512 tokens, all different, the last three special', () => {
    const { tokens } = trainDemoTokenizer(SEED)
    expect(new Set(tokens).size).toBe(VOCAB_SIZE)
    expect(tokenizer.tokenCount).toBe(512)
    expect(tokens.slice(-3)).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
  })

  test('is the same for the same seed', () => {
    expect(trainDemoTokenizer(SEED)).toEqual(trainDemoTokenizer(SEED))
  })

  test('ends sequences with <|im_end|> and pads with <|endoftext|>', () => {
    expect(tokenizer.tokenText(tokenizer.eosTokenId)).toBe('<|im_end|>')
    expect(tokenizer.tokenText(tokenizer.padTokenId)).toBe('<|endoftext|>')
    expect(tokenizer.isPadFromConfig).toBe(true)
  })

  test('gives back any text it was given', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(Buffer.from(text).toString())
      }),
    )
  })

  test('makes every digit, comma, period and newline a token of its own, whatever stands around it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const piece of pieces(text)) if (/[0-9.,\n]/.test(piece)) expect(piece).toHaveLength(1)
      }),
    )
    expect(pieces(' 12.\n\n3')).toEqual([' ', '1', '2', '.', '\n', '\n', '3'])
  })

  test('has three delimiter tokens', () => {
    expect(delimiterTokenIds(tokenizer, [',', '.', '\n']).map((id) => tokenizer.tokenText(id)).sort()).toEqual(['\n', ',', '.'])
  })

  test('begins an assistant turn with the same three tokens everywhere', () => {
    expect(pieces('<|im_start|>assistant\n')).toEqual(['<|im_start|>', 'assistant', '\n'])
    expect(pieces('?<|im_end|>\n<|im_start|>assistant\n9 zorp').slice(2, 6)).toEqual(['\n', '<|im_start|>', 'assistant', '\n'])
  })

  test('has one token for each operator', () => {
    for (const operator of OPERATORS) expect(pieces(` ${operator}`)).toEqual([` ${operator}`])
  })
})

describe('the encoder of samples', () => {
  test('gives the tokenizer’s own ids for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encoder.encodeText(text)).toEqual(tokenizer.encode(text))
      }),
    )
  })

  test('cuts no token where supervision changes', () => {
    for (const sample of samples) expect(encoder.encodeSample(sample).inputIds).toEqual(tokenizer.encode(sampleText(sample)))
  })

  test('labels the supervised tokens with themselves and all others with -100', () => {
    for (const sample of samples) {
      const { inputIds, labels } = encoder.encodeSample(sample)
      expect(labels.every((label, index) => label === -100 || label === inputIds[index])).toBe(true)
      const learned = tokenizer.decode(labels.filter((label) => label !== -100))
      expect(learned).toBe(`${sample.messages[1].content}<|im_end|>`)
    }
  })

  test('keeps every problem, with twelve latents, within 128 positions', () => {
    const problems = [...samples, ...samples.map((_, index) => TRAINING_SPLITS.new(SEED, index)), ...HELD_OUT_SPLITS.base(), ...HELD_OUT_SPLITS['new-with-facts']()]
    for (const sample of problems) expect(encoder.encodeSample(sample).inputIds.length).toBeLessThanOrEqual(128 - 12)
  })
})

describe('training', () => {
  test('merges the most frequent pair first', () => {
    expect(trainByteLevelBpe(['ab ab cd ab', 'cd cd xcd cd'], 256 + 3 + 2).merges).toEqual([
      ['c', 'd'],
      ['a', 'b'],
    ])
  })

  test('never merges across pre-tokens or into special tokens', () => {
    const { tokens } = trainByteLevelBpe(['a1a1a1 <|im_end|><|im_end|> bcd'], 256 + 3 + 3)
    expect(tokens.slice(256, -3)).toEqual(['bc', 'bcd', 'Ġbcd'])
  })

  test('says how far the texts reach when they are too few', () => {
    expect(() => trainByteLevelBpe(['ab'], 512)).toThrow(/expected 512 tokens, but the texts have pairs for 260 only/)
  })

  test('reads back what it wrote', () => {
    const small = mkdtempSync(join(tmpdir(), 'memgen-small-tokenizer-'))
    writeTokenizerFolder(small, trainByteLevelBpe(['abc abc'], 256 + 3 + 3))
    expect(openTokenizer(small).encode('abc').map((id) => openTokenizer(small).tokenText(id))).toEqual(['abc'])
  })
})
