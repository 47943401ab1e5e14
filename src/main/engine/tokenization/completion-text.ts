/** @file The answer a generation gives, as text. Does not know how the ids were generated. */
import type { Tokenizer } from './tokenizer.ts'

/** Generated ids up to, not including, the first end of sequence, special tokens left out (docs/REFERENCE.md 4.4). */
export function completionText(tokenizer: Tokenizer, newIds: readonly number[]): string {
  const firstEos = newIds.indexOf(tokenizer.eosTokenId)
  return tokenizer.decode(firstEos === -1 ? newIds : newIds.slice(0, firstEos), { skipSpecialTokens: true })
}
