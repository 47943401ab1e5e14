/**
 * @file Samples as token ids and labels, fast enough to be drawn batch by batch. Does not know batches or padding.
 *
 * A token never crosses a pre-token, so what a pre-token encodes to can be remembered: some hundred words make up the demo.
 */
import type { Tokenizer } from '../src/main/engine/tokenization/tokenizer.ts'
import { PRE_TOKEN_PATTERN, SPECIAL_TOKENS } from './byte-level-bpe.ts'
import type { DemoSample } from './domains/sample.ts'

/** The label of a token without loss, as in PyTorch's cross entropy. */
const IGNORED_LABEL = -100

/** Remembered pre-tokens; texts from outside the demo are encoded but not remembered beyond these. */
const MAX_REMEMBERED = 20_000

export interface EncodedSample {
  /** [seq] */
  readonly inputIds: readonly number[]
  /** [seq], the token id itself where it is learned, else -100. Not shifted. */
  readonly labels: readonly number[]
}

export interface SampleEncoder {
  /** The same ids as the tokenizer's own. */
  encodeText(text: string): number[]
  encodeSample(sample: DemoSample): EncodedSample
}

/** @param tokenizer one with the pre-tokens and special tokens of byte-level-bpe.ts */
export function createSampleEncoder(tokenizer: Tokenizer): SampleEncoder {
  const special = SPECIAL_TOKENS.map((token) => token.replaceAll('|', '\\|')).join('|')
  const pieces = new RegExp(`${special}|${PRE_TOKEN_PATTERN}`, 'gu')
  const remembered = new Map<string, readonly number[]>()

  function encodePiece(piece: string): readonly number[] {
    const known = remembered.get(piece)
    if (known) return known
    const ids = tokenizer.encode(piece)
    if (remembered.size < MAX_REMEMBERED) remembered.set(piece, ids)
    return ids
  }

  const encodeText = (text: string): number[] => (text.match(pieces) ?? []).flatMap(encodePiece)

  return {
    encodeText,
    encodeSample({ segments }) {
      const inputIds: number[] = []
      const labels: number[] = []
      for (const { text, supervised } of segments) {
        for (const id of encodeText(text)) {
          inputIds.push(id)
          labels.push(supervised ? id : IGNORED_LABEL)
        }
      }
      return { inputIds, labels }
    },
  }
}
