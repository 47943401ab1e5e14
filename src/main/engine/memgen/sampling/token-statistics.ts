/** @file What the model thought of the next token, from its raw logits. Does not know how the token was chosen. */
import type { LogitBlocks } from '../../decoder/logit-blocks.ts'
import { findLargestInBlocks } from './largest-logits.ts'
import { rejectNonFinite } from './non-finite-logits-error.ts'

export interface TokenLogprob {
  readonly tokenId: number
  /** Natural logarithm of the probability. */
  readonly logprob: number
}

export interface LogitStatistics {
  /** The largest logit's token, the lowest id among equals. */
  readonly mostLikely: number
  /** Natural logarithm of a token's probability. */
  logprobOf(tokenId: number): number
  /** Of the whole distribution, in nats. */
  readonly entropy: number
  /** Most likely first; the lower id first where two are equally likely. */
  readonly topK: readonly TokenLogprob[]
}

/**
 * Logprobs, entropy and most likely tokens of softmax(logits), from sums over blocks that the graph has made: exact to about 1e-6.
 * Sums go on in float64. Runs for every token, so it looks at a few blocks of the vocabulary only.
 * @param logits `[vocab] float32`
 * @param blocks of the same logits
 * @param topK how many of the most likely tokens to list
 * @throws NonFiniteLogitsError
 */
export function logitStatistics(logits: Float32Array, blocks: LogitBlocks, topK: number): LogitStatistics {
  const maxLogit = blocks.max.reduce((largest, max) => Math.max(largest, max), -Infinity)
  let total = 0
  let weightedGap = 0
  for (let block = 0; block < blocks.max.length; block += 1) {
    const gap = (blocks.max[block] ?? NaN) - maxLogit
    const share = Math.exp(gap)
    const weight = blocks.weight[block] ?? NaN
    total += share * weight
    weightedGap += share * ((blocks.weightedGap[block] ?? NaN) + weight * gap)
  }
  if (!Number.isFinite(weightedGap)) rejectNonFinite(logits)

  const largest = findLargestInBlocks(logits, blocks.max, Math.max(1, Math.min(topK, logits.length)))
  // log p(id) = logit - maxLogit - log(total), so entropy = log(total) - E[logit - maxLogit].
  const logTotal = Math.log(total)
  const logprobOf = (tokenId: number): number => {
    const logit = logits[tokenId]
    if (logit === undefined) throw new RangeError(`internal: token ${tokenId} of ${logits.length} logits`)
    return logit - maxLogit - logTotal
  }
  return {
    mostLikely: largest[0] ?? 0,
    logprobOf,
    entropy: logTotal - weightedGap / total,
    topK: largest.slice(0, topK).map((id) => ({ tokenId: id, logprob: logprobOf(id) })),
  }
}
