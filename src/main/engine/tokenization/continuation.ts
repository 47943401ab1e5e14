/** @file A text as the tokens that go on after others. It does not know which others. */
import type { Tokenizer } from './tokenizer.ts'

/** Not part of any word. */
const ANCHOR = '\n'

/** Ids of a text that stands in the middle of another: tokenizers that put a space before the first word of a text put none here. */
export function encodeContinuation(tokenizer: Tokenizer, text: string): number[] {
  const anchor = tokenizer.encode(ANCHOR)
  const anchored = tokenizer.encode(ANCHOR + text)
  const isKept = anchor.every((id, place) => anchored[place] === id)
  // A text that begins with line breaks may join the anchor to one token; then it begins with no word either.
  return isKept ? anchored.slice(anchor.length) : tokenizer.encode(text)
}
