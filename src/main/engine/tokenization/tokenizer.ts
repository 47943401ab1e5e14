/** @file Text to token ids and back, for one model folder. Knows neither chat templates nor the model's padded vocabulary. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { messageOf } from '../../../shared/message-of.ts'
import { TokenizerError } from './tokenizer-error.ts'
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts'

export interface DecodeOptions {
  /** Leave special tokens such as `<|im_end|>` out. @default false */
  readonly skipSpecialTokens?: boolean
  /** Drop spaces before punctuation. @default what tokenizer_config.json says, else false */
  readonly cleanUpTokenizationSpaces?: boolean
}

export interface Tokenizer {
  readonly eosTokenId: number
  /** The id that pads and that the trigger cannot see: eos where the tokenizer has no pad token (docs/REFERENCE.md 4.3). */
  readonly padTokenId: number
  readonly isPadFromConfig: boolean
  /** Distinct tokens, added ones included. The model's vocab_size may be larger. */
  readonly tokenCount: number
  readonly cleansUpSpaces: boolean
  /** Ids of a text. Adds no special tokens; those written in the text are recognised. */
  encode(text: string): number[]
  /** Text of ids. Ids without a token, as in the padding rows of a vocabulary, have no text. */
  decode(ids: readonly number[], options?: DecodeOptions): string
  /** One token as a person reads it in a list. */
  tokenText(tokenId: number): string
  /** All ids that have a token, ascending. */
  tokenIds(): number[]
  /** Whether the text of these ids ends inside a UTF-8 character that later tokens can complete. */
  endsInsideCharacter(ids: readonly number[]): boolean
}

/**
 * Opens the tokenizer of a Hugging Face model folder.
 * @throws TokenizerError when a file is missing, malformed, or names no end-of-sequence token
 */
export function openTokenizer(directory: string): Tokenizer {
  const files = readTokenizerFiles(directory)
  const tokenizer = buildTokenizer(files)
  const eosTokenId = requireTokenId(tokenizer, files, 'eos_token', files.eosToken)
  const isPadFromConfig = files.padToken !== undefined
  const padTokenId = isPadFromConfig ? requireTokenId(tokenizer, files, 'pad_token', files.padToken) : eosTokenId
  const cleansUpSpaces = files.tokenizerConfig.clean_up_tokenization_spaces ?? false
  const knownIds = [...tokenizer.get_vocab().entries()].flatMap(([token, id]) => (token === undefined ? [] : [id]))
  const continuationIds = findContinuationByteIds(tokenizer)

  function decode(ids: readonly number[], options: DecodeOptions = {}): string {
    const withToken = ids.filter((id) => tokenizer.id_to_token(id) !== undefined)
    // The library refuses an empty list.
    if (withToken.length === 0) return ''
    return tokenizer.decode(withToken, {
      skip_special_tokens: options.skipSpecialTokens ?? false,
      clean_up_tokenization_spaces: options.cleanUpTokenizationSpaces ?? cleansUpSpaces,
    })
  }

  return {
    eosTokenId,
    padTokenId,
    isPadFromConfig,
    tokenCount: knownIds.length,
    cleansUpSpaces,
    // A character outside a vocabulary without unknown token has no id; the Rust tokenizers drop it too.
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.filter((id) => id !== undefined),
    decode,
    tokenText: (tokenId) =>
      tokenizer.id_to_token(tokenId) === undefined ? `[${tokenId}]` : decode([tokenId], { cleanUpTokenizationSpaces: false }),
    tokenIds: () => knownIds.toSorted((a, b) => a - b),
    endsInsideCharacter(ids) {
      const text = decode(ids, { cleanUpTokenizationSpaces: false })
      if (!text.endsWith(REPLACEMENT_CHARACTER)) return false
      return continuationIds.some(
        (id) => decode([...ids, id], { cleanUpTokenizationSpaces: false }) !== text + REPLACEMENT_CHARACTER,
      )
    },
  }
}

/** What the decoder writes for bytes that are not (yet) a character. */
const REPLACEMENT_CHARACTER = '\ufffd'

/**
 * Ids of the single bytes 0x80 and 0xA0, in byte-level spelling or as byte fallback. Every unfinished UTF-8 sequence accepts
 * one of the two as its next byte (The Unicode Standard, table 3-7); after anything else they are one more replacement.
 */
function findContinuationByteIds(tokenizer: HuggingFaceTokenizer): number[] {
  const spellings = [['\u0122', '<0x80>'], ['\u0142', '<0xA0>']]
  return spellings.flatMap((names) => names.map((name) => tokenizer.token_to_id(name)).find((id) => id !== undefined) ?? [])
}

function buildTokenizer(files: TokenizerFiles): HuggingFaceTokenizer {
  try {
    const tokenizer = new HuggingFaceTokenizer(files.tokenizerJson, files.tokenizerConfig)
    // Malformed parts show only in use; a first use here names the file instead of failing in the middle of a run.
    tokenizer.decode(tokenizer.encode('a', { add_special_tokens: false }).ids.concat(0))
    return tokenizer
  } catch (cause) {
    const reason = messageOf(cause)
    throw new TokenizerError(files.tokenizerJsonPath, `not a tokenizer that can be used: ${reason}`, { cause })
  }
}

function requireTokenId(tokenizer: HuggingFaceTokenizer, files: TokenizerFiles, field: string, token: string | undefined): number {
  if (token === undefined) {
    throw new TokenizerError(files.tokenizerConfigPath, `no ${field}, and special_tokens_map.json names none either`)
  }
  const id = tokenizer.token_to_id(token)
  if (id === undefined) throw new TokenizerError(files.tokenizerJsonPath, `${field} ${JSON.stringify(token)} is not in the vocabulary`)
  return id
}
