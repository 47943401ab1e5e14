/** @file The tokens that a distribution thinks most of, for lists that people read. It draws none. */
import type { TokenCandidate } from '../../../shared/domain/step.ts'
import { logSumExp } from '../memgen/sampling/distribution.ts'
import { findLargest } from '../memgen/sampling/largest-logits.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'

/**
 * The `count` likeliest tokens of softmax(logits), likeliest first, the lower id first among equals.
 * @param logits `[vocab] float32`
 * @throws NonFiniteLogitsError
 */
export function likeliestTokens(tokenizer: Tokenizer, logits: Float32Array, count: number): TokenCandidate[] {
  const largest = findLargest(logits, count)
  const logTotal = logSumExp(logits)
  return largest.map((tokenId) => ({ tokenId, text: tokenizer.tokenText(tokenId), logprob: (logits[tokenId] ?? NaN) - logTotal }))
}
