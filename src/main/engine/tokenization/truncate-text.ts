/** @file Texts cut to a number of tokens, as the reference cuts observations (docs/REFERENCE.md 11). It does not know what a text is for. */
import type { Tokenizer } from './tokenizer.ts'

/** Ends a text that was cut; its tokens are counted too. */
const ENDING = '...'

/**
 * A text of more than `maxTokens` tokens becomes its first ones and the ending, `maxTokens` in all, decoded without special tokens; another
 * stays as it is. A character that the cut goes through becomes a replacement character.
 */
export function truncateText(tokenizer: Tokenizer, text: string, maxTokens: number): { text: string; isTruncated: boolean } {
  const ids = tokenizer.encode(text)
  if (ids.length <= maxTokens) return { text, isTruncated: false }
  const ending = tokenizer.encode(ENDING)
  const kept = ids.slice(0, Math.max(0, maxTokens - ending.length))
  return { text: tokenizer.decode([...kept, ...ending], { skipSpecialTokens: true }), isTruncated: true }
}
