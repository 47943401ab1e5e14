/** @file Next-token distributions from raw logits, in float64: their likeliest tokens and how far two of them are apart. It draws nothing. */
import type { TokenCandidate } from '../../../shared/domain/step.ts'
import { findLargest } from '../memgen/sampling/largest-logits.ts'
import { rejectNonFinite } from '../memgen/sampling/non-finite-logits-error.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'

// The vocabulary is long and these run for every step of a trace: plain loops, since callbacks of typed arrays take ten times as long.

/**
 * log(softmax(logits)): [vocab] float32 -> [vocab] float64, nats.
 * @throws NonFiniteLogitsError
 */
export function logSoftmax(logits: Float32Array): Float64Array {
  let max = -Infinity
  for (let id = 0; id < logits.length; id += 1) max = Math.max(max, logits[id] ?? NaN)
  let total = 0
  for (let id = 0; id < logits.length; id += 1) total += Math.exp((logits[id] ?? NaN) - max)
  const logTotal = max + Math.log(total)
  if (!Number.isFinite(logTotal)) rejectNonFinite(logits)
  const logprobs = new Float64Array(logits.length)
  for (let id = 0; id < logits.length; id += 1) logprobs[id] = (logits[id] ?? NaN) - logTotal
  return logprobs
}

/** KL(p || q) in nats of two distributions given as logprobs of the same vocabulary. Rounding can make none of it negative. */
export function klDivergence(p: Float64Array, q: Float64Array): number {
  let sum = 0
  for (let id = 0; id < p.length; id += 1) {
    const logprob = p[id] ?? NaN
    sum += Math.exp(logprob) * (logprob - (q[id] ?? NaN))
  }
  return Math.max(0, sum)
}

/**
 * The `count` likeliest tokens, likeliest first.
 * @throws NonFiniteLogitsError
 */
export function likeliestTokens(tokenizer: Tokenizer, logits: Float32Array, count: number): TokenCandidate[] {
  const logprobs = logSoftmax(logits)
  return findLargest(logits, count).map((tokenId) => ({ tokenId, text: tokenizer.tokenText(tokenId), logprob: logprobs[tokenId] ?? NaN }))
}
