/** @file What the model thought of the next token, from its raw logits. Does not know how the token was chosen. */
import { findLargest } from './largest-logits.ts'

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
 * Logprobs, entropy and most likely tokens of softmax(logits), in float64. Runs for every token over the whole vocabulary:
 * two passes, one exponential each, no allocation of its size.
 * @param logits `[vocab] float32`
 * @param topK how many of the most likely tokens to list
 * @throws NonFiniteLogitsError
 */
export function logitStatistics(logits: Float32Array, topK: number): LogitStatistics {
  const largest = findLargest(logits, Math.max(1, Math.min(topK, logits.length)))
  const mostLikely = largest[0] ?? 0
  const maxLogit = logits[mostLikely] ?? 0

  let total = 0
  let weightedGap = 0
  for (let id = 0; id < logits.length; id += 1) {
    const gap = maxLogit - (logits[id] ?? NaN)
    if (gap >= NEGLIGIBLE_GAP) continue
    const weight = expOfMinus(gap)
    total += weight
    weightedGap += weight * gap
  }

  // log p(id) = logit - maxLogit - log(total), so entropy = log(total) + E[maxLogit - logit].
  const logTotal = Math.log(total)
  const logprobOf = (tokenId: number): number => {
    const logit = logits[tokenId]
    if (logit === undefined) throw new RangeError(`internal: token ${tokenId} of ${logits.length} logits`)
    return logit - maxLogit - logTotal
  }
  return {
    mostLikely,
    logprobOf,
    entropy: logTotal + weightedGap / total,
    topK: largest.slice(0, topK).map((id) => ({ tokenId: id, logprob: logprobOf(id) })),
  }
}

/** e^-64 times any vocabulary is below the last bit of a sum that is at least 1. */
const NEGLIGIBLE_GAP = 64

const STEPS_PER_UNIT = 1024
const EXP_OF_UNITS = Float64Array.from({ length: NEGLIGIBLE_GAP }, (_, units) => Math.exp(-units))
const EXP_OF_STEPS = Float64Array.from({ length: STEPS_PER_UNIT }, (_, steps) => Math.exp(-steps / STEPS_PER_UNIT))

/**
 * e^-gap for 0 <= gap < 64 with a relative error below 1e-13, at half the time of Math.exp: two tables and the Taylor
 * polynomial of the rest, which is under 1/1024.
 */
function expOfMinus(gap: number): number {
  const steps = (gap * STEPS_PER_UNIT) | 0
  const rest = steps / STEPS_PER_UNIT - gap
  const taylor = 1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6)))
  return (EXP_OF_UNITS[steps >> 10] ?? 0) * (EXP_OF_STEPS[steps & (STEPS_PER_UNIT - 1)] ?? 0) * taylor
}
