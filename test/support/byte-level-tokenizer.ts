/** @file Writes a small byte-level tokenizer folder for tests: every byte, a few merges, ChatML's special tokens. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TokenizerFolderOptions {
  /** Fields that replace those of tokenizer_config.json. @default none */
  readonly config?: Record<string, unknown>
  /** Fields that replace those of tokenizer.json. @default none */
  readonly tokenizerJson?: Record<string, unknown>
  /** Content of special_tokens_map.json. @default no such file */
  readonly specialTokensMap?: Record<string, unknown>
}

const MERGES = ['. Ċ', ', Ġ', 'Ġ t', 'Ġt h', 'Ġth e', 'Ċ Ċ', 'ä ½']

/** GPT-2's printable spelling of bytes: visible Latin-1 characters stand for themselves, the others follow from U+0100 on. */
export function spellByte(byte: number): string {
  const isVisible = (value: number): boolean =>
    (value >= 0x21 && value <= 0x7e) || (value >= 0xa1 && value <= 0xac) || (value >= 0xae && value <= 0xff)
  if (isVisible(byte)) return String.fromCharCode(byte)
  const hiddenBefore = Array.from({ length: byte }, (_, value) => value).filter((value) => !isVisible(value)).length
  return String.fromCharCode(0x100 + hiddenBefore)
}

/** Returns the new folder. Ids: 0..255 the bytes, then one per merge, then `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`. */
export function writeByteLevelTokenizer(options: TokenizerFolderOptions = {}): string {
  const tokens = [...Array.from({ length: 256 }, (_, byte) => spellByte(byte)), ...MERGES.map((merge) => merge.replace(' ', ''))]
  const addedTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'].map((content, index) => ({
    id: tokens.length + index,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  const tokenizerJson = {
    version: '1.0',
    added_tokens: addedTokens,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      unk_token: null,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: MERGES,
    },
    ...options.tokenizerJson,
  }
  const config = { eos_token: '<|im_end|>', pad_token: '<|endoftext|>', clean_up_tokenization_spaces: false, ...options.config }
  const folder = join(mkdtempSync(join(tmpdir(), 'memgen-tokenizer-')), 'model')
  mkdirSync(folder)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson))
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
  if (options.specialTokensMap) {
    writeFileSync(join(folder, 'special_tokens_map.json'), JSON.stringify(options.specialTokensMap))
  }
  return folder
}
