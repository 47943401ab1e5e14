/**
 * @file Chooses the next token from logits. Knows no tokenizer, and nothing of the trigger, which draws from two logits in the same way.
 *
 * Filters and their order are those of transformers' generation/logits_process.py and `_get_logits_processor`.
 * Differences: sums are float64 here, so a token on the very edge of topP may fall on the other side.
 */
import type { SamplingConfig } from '../../../../shared/domain/sampling.ts'
import { findLargest } from './largest-logits.ts'
import type { RandomStream } from './random-streams.ts'

/**
 * @param logits `[vocab] float32`, left unchanged
 * @param previousIds ids that repetitionPenalty looks at: prompt and generated tokens so far
 * @param stream drawn from once, and only if the choice is not greedy
 * @throws NonFiniteLogitsError
 */
export function sampleToken(
  logits: Float32Array,
  config: SamplingConfig,
  previousIds: readonly number[],
  stream: RandomStream,
): number {
  if (isGreedy(config)) return indexOfMax(penalizeRepetition(logits, config, previousIds))
  const { tokenIds, probabilities } = samplingDistribution(logits, config, previousIds)
  let remaining = stream.next()
  let chosen = 0
  // Rounding can leave a rest after the last token: then the last one that is possible at all is taken.
  for (let index = 0; index < probabilities.length && remaining >= 0; index += 1) {
    const probability = probabilities[index] ?? 0
    if (probability === 0) continue
    chosen = index
    remaining -= probability
  }
  return tokenIds[chosen] ?? 0
}

/** Makes the draw of a token that is known already, so that later draws are what they would be. */
export function skipDraw(config: SamplingConfig, stream: RandomStream): void {
  if (!isGreedy(config)) stream.next()
}

/** Whether the choice is the largest logit and nothing else, which logitStatistics has found already. */
export function isArgmax(config: SamplingConfig): boolean {
  return isGreedy(config) && config.repetitionPenalty === 1
}

export interface SamplingDistribution {
  /** Tokens that passed all filters, `[kept]`. */
  readonly tokenIds: Int32Array
  /** Their probabilities, summing to 1, `[kept] float64`. */
  readonly probabilities: Float64Array
}

/**
 * What a token is drawn from after all filters; a single token if the choice is greedy.
 * @param logits `[vocab] float32`, left unchanged
 * @throws NonFiniteLogitsError
 */
export function samplingDistribution(
  logits: Float32Array,
  config: SamplingConfig,
  previousIds: readonly number[],
): SamplingDistribution {
  const penalized = penalizeRepetition(logits, config, previousIds)
  const best = indexOfMax(penalized)
  if (isGreedy(config)) return { tokenIds: Int32Array.of(best), probabilities: Float64Array.of(1) }

  const topK = keepTopK(penalized, config.topK)
  const weighted = weigh(topK, penalized, penalized[best] ?? 0, config.temperature)
  const kept = keepMinP(keepTopP(weighted, config.topP), config.minP)
  return { tokenIds: kept.tokenIds, probabilities: normalize(kept.weights) }
}

/** Tokens and their unnormalised probabilities; the most likely token weighs 1. Both `[kept]`. */
interface WeightedTokens {
  readonly tokenIds: Int32Array
  readonly weights: Float64Array
}

function isGreedy({ doSample, temperature }: SamplingConfig): boolean {
  return !doSample || temperature === 0
}

function penalizeRepetition(logits: Float32Array, { repetitionPenalty }: SamplingConfig, previousIds: readonly number[]): Float32Array {
  if (repetitionPenalty === 1) return logits
  const penalized = logits.slice()
  for (const id of new Set(previousIds)) {
    const logit = logits[id]
    if (logit === undefined) continue
    penalized[id] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty
  }
  return penalized
}

function indexOfMax(logits: Float32Array): number {
  return findLargest(logits, 1)[0] ?? 0
}

// The vocabulary is long and this runs for every token: plain loops, since callbacks of typed arrays take ten times as long.

function keepTopK(logits: Float32Array, topK: number): Int32Array {
  const isOff = topK === 0 || topK >= logits.length
  const threshold = isOff ? -Infinity : (logits[findLargest(logits, topK)[topK - 1] ?? 0] ?? 0)
  const tokenIds = new Int32Array(logits.length)
  let kept = 0
  for (let id = 0; id < logits.length; id += 1) {
    if ((logits[id] ?? NaN) >= threshold) tokenIds[kept++] = id
  }
  return tokenIds.subarray(0, kept)
}

/** Relative to the largest logit, so that no temperature overflows. */
function weigh(tokenIds: Int32Array, logits: Float32Array, maxLogit: number, temperature: number): WeightedTokens {
  const weights = new Float64Array(tokenIds.length)
  for (let index = 0; index < weights.length; index += 1) {
    weights[index] = Math.exp(((logits[tokenIds[index] ?? 0] ?? NaN) - maxLogit) / temperature)
  }
  return { tokenIds, weights }
}

/** Most likely first; the token that makes the sum reach `topP` is the last one kept. */
function keepTopP(tokens: WeightedTokens, topP: number): WeightedTokens {
  if (topP === 1) return tokens
  const neededWeight = topP * sum(tokens.weights)
  const { tokenIds, weights } = likelyTokens(tokens, neededWeight)
  const order = Array.from(weights.keys()).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b)
  let reached = 0
  const last = order.findIndex((index) => (reached += weights[index] ?? 0) >= neededWeight)
  return pick({ tokenIds, weights }, last === -1 ? order : order.slice(0, last + 1))
}

/** The most likely tokens that together reach a weight, and maybe a few more: sorting the whole vocabulary is slow. */
function likelyTokens(tokens: WeightedTokens, neededWeight: number): WeightedTokens {
  for (let threshold = 2 ** -6; threshold > 2 ** -40; threshold /= 2 ** 4) {
    const likely = keepMinP(tokens, threshold)
    if (sum(likely.weights) >= neededWeight) return likely
  }
  return tokens
}

function keepMinP(tokens: WeightedTokens, minP: number): WeightedTokens {
  if (minP === 0) return tokens
  const indices: number[] = []
  for (let index = 0; index < tokens.weights.length; index += 1) {
    if ((tokens.weights[index] ?? 0) >= minP) indices.push(index)
  }
  return pick(tokens, indices)
}

function pick({ tokenIds, weights }: WeightedTokens, indices: readonly number[]): WeightedTokens {
  return {
    tokenIds: Int32Array.from(indices, (index) => tokenIds[index] ?? 0),
    weights: Float64Array.from(indices, (index) => weights[index] ?? 0),
  }
}

function normalize(weights: Float64Array): Float64Array {
  const total = sum(weights)
  const probabilities = new Float64Array(weights.length)
  for (let index = 0; index < weights.length; index += 1) probabilities[index] = (weights[index] ?? 0) / total
  return probabilities
}

function sum(values: Float64Array): number {
  let total = 0
  for (let index = 0; index < values.length; index += 1) total += values[index] ?? 0
  return total
}
