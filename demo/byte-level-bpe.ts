/**
 * @file Trains a byte-level BPE and writes it as a Hugging Face tokenizer folder. Does not know what the texts are about.
 *
 * Digits, newlines and punctuation are pre-tokens of their own, so no merge joins them to anything: each stays one token in
 * whatever stands around it, and a delimiter is always a token by itself.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Ids follow those of bytes and merges, in this order. */
export const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const

/** A digit, a newline, a word with the space before it, or one other character. */
export const PRE_TOKEN_PATTERN = String.raw`\p{N}|\n| ?\\?\p{L}+|[^\p{L}\p{N}\n]`

export interface ByteLevelBpe {
  /** Tokens in GPT-2's printable spelling of bytes, by id; special tokens last. */
  readonly tokens: readonly string[]
  /** Pairs in the order they were learned. */
  readonly merges: readonly (readonly [string, string])[]
}

interface Word {
  symbols: string[]
  readonly count: number
}

/**
 * Learns merges by frequency (Sennrich et al., arXiv 1508.07909); of equally frequent pairs the first in code-unit order, so
 * that the same texts give the same tokens.
 * @param vocabSize all tokens together: 256 bytes, merges, special tokens
 * @throws RangeError when the texts have too few pairs to learn
 */
export function trainByteLevelBpe(texts: Iterable<string>, vocabSize: number): ByteLevelBpe {
  const words = countWords(texts)
  // A set: pairs that spell the same token are two merges but one token.
  const tokens = new Set(Array.from({ length: 256 }, (_, byte) => spellByte(byte)))
  const merges: [string, string][] = []
  while (tokens.size < vocabSize - SPECIAL_TOKENS.length) {
    const pair = mostFrequentPair(words)
    if (pair === null) throw new RangeError(`expected ${vocabSize} tokens, but the texts have pairs for ${tokens.size + SPECIAL_TOKENS.length} only`)
    merges.push(pair)
    tokens.add(pair.join(''))
    for (const word of words) word.symbols = mergePair(word.symbols, pair)
  }
  return { tokens: [...tokens, ...SPECIAL_TOKENS], merges }
}

/** Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, as transformers and this project's tokenizer read them. */
export function writeTokenizerFolder(directory: string, { tokens, merges }: ByteLevelBpe): void {
  const firstSpecial = tokens.length - SPECIAL_TOKENS.length
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  const tokenizerJson = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, index) => ({
      id: firstSpecial + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Split', pattern: { Regex: PRE_TOKEN_PATTERN }, behavior: 'Isolated', invert: false }, byteLevel],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.slice(0, firstSpecial).map((token, id) => [token, id])),
      merges,
    },
  }
  const names = { eos_token: '<|im_end|>', pad_token: '<|endoftext|>' }
  const config = { ...names, tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: false, model_max_length: 1024 }
  mkdirSync(directory, { recursive: true })
  writeJson(join(directory, 'tokenizer.json'), tokenizerJson)
  writeJson(join(directory, 'tokenizer_config.json'), config)
  writeJson(join(directory, 'special_tokens_map.json'), names)
}

/**
 * GPT-2's printable spelling of a byte (openai/gpt-2 src/encoder.py, bytes_to_unicode): visible Latin-1 characters stand for
 * themselves, the others follow from U+0100 on.
 */
function spellByte(byte: number): string {
  const isVisible = (value: number): boolean => (value > 0x20 && value < 0x7f) || (value > 0xa0 && value <= 0xff && value !== 0xad)
  if (isVisible(byte)) return String.fromCharCode(byte)
  let hiddenBefore = 0
  for (let value = 0; value < byte; value++) if (!isVisible(value)) hiddenBefore++
  return String.fromCharCode(0x100 + hiddenBefore)
}

function countWords(texts: Iterable<string>): Word[] {
  const spelling = Array.from({ length: 256 }, (_, byte) => spellByte(byte))
  const special = new RegExp(SPECIAL_TOKENS.map((token) => token.replaceAll('|', '\\|')).join('|'), 'g')
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const part of text.split(special)) {
      for (const [word] of part.matchAll(new RegExp(PRE_TOKEN_PATTERN, 'gu'))) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts].map(([word, count]) => ({ symbols: [...Buffer.from(word)].map((byte) => spelling[byte]!), count }))
}

function mostFrequentPair(words: readonly Word[]): [string, string] | null {
  const counts = new Map<string, { readonly pair: [string, string]; count: number }>()
  for (const { symbols, count } of words) {
    for (let index = 1; index < symbols.length; index++) {
      const pair: [string, string] = [symbols[index - 1]!, symbols[index]!]
      const key = pair.join(' ')
      const entry = counts.get(key)
      if (entry) entry.count += count
      else counts.set(key, { pair, count })
    }
  }
  let best: { readonly key: string; readonly pair: [string, string]; readonly count: number } | null = null
  for (const [key, { pair, count }] of counts) {
    if (best === null || count > best.count || (count === best.count && key < best.key)) best = { key, pair, count }
  }
  return best?.pair ?? null
}

function mergePair(symbols: readonly string[], [left, right]: readonly [string, string]): string[] {
  const merged: string[] = []
  for (const symbol of symbols) {
    if (symbol === right && merged.at(-1) === left) merged[merged.length - 1] = left + right
    else merged.push(symbol)
  }
  return merged
}

function writeJson(path: string, content: unknown): void {
  writeFileSync(path, `${JSON.stringify(content, null, 1)}\n`)
}
