/**
 * @file Intervals of means by resampling, for quantities of any distribution: rewards, insertions, differences of accuracies.
 * Does not know what was measured.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { confidence, type Interval } from '../../shared/statistics/interval.ts'

export interface BootstrapOptions {
  /** 32 bits; the same values and seed give the same interval. */
  seed: number
  /**
   * How often the values are drawn anew. At 10,000, another seed moves a bound by about 1 % of the interval's width.
   * @default 10_000
   */
  resamples?: number
}

/** An interval with what is needed to find it again. */
export interface BootstrapInterval extends Interval {
  readonly seed: number
  readonly resamples: number
}

/**
 * The mean and its percentile bootstrap interval at 95 %: the values are drawn with replacement `resamples` times, and the
 * bounds are the 2.5th and 97.5th percentile of the means of these draws (between two means, linearly interpolated).
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
 *
 * Raises RangeError without values, for a value that is not finite and for a seed that is not a 32-bit integer.
 */
export function bootstrapMean(values: readonly number[], { seed, resamples = 10_000 }: BootstrapOptions): BootstrapInterval {
  checkValues(values)
  // The generator takes 32 bits: two seeds that differ above them would silently be one.
  if (!Number.isInteger(seed) || seed < -(2 ** 31) || seed >= 2 ** 32) throw new RangeError(`bootstrapMean: expected a seed of 32 bits, found ${seed}`)
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`bootstrapMean: expected at least 1 resample, found ${resamples}`)
  const means = resampledMeans(Float64Array.from(values), seed, resamples).sort()
  const tail = (1 - confidence) / 2
  return { estimate: mean(values), low: quantile(means, tail), high: quantile(means, 1 - tail), seed, resamples }
}

/**
 * The mean of `after - before` over the same samples in the same order, and its interval as {@link bootstrapMean} finds it.
 * Drawing pairs and drawing their differences are the same thing. An interval without 0 is a difference at the 5 % level.
 *
 * Raises RangeError where the lengths differ.
 */
export function pairedBootstrap(before: readonly number[], after: readonly number[], options: BootstrapOptions): BootstrapInterval {
  if (before.length !== after.length) throw new RangeError(`pairedBootstrap: expected pairs, found ${before.length} values before and ${after.length} after`)
  return bootstrapMean(
    after.map((value, i) => value - before[i]!),
    options,
  )
}

function resampledMeans(values: Float64Array, seed: number, resamples: number): Float64Array {
  const generator = xoroshiro128plus(seed)
  const count = values.length
  return Float64Array.from({ length: resamples }, () => {
    let sum = 0
    // A scaled 32-bit draw favours some indices by at most count / 2^32, far below what 10,000 resamples can tell.
    for (let i = 0; i < count; i++) sum += values[Math.floor(((generator.next() >>> 0) / 2 ** 32) * count)]!
    return sum / count
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Definition 7 of Hyndman and Fan, The American Statistician 50 (1996), 361-365; numpy's default. */
function quantile(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (position - below)
}

function checkValues(values: readonly number[]): void {
  if (values.length === 0) throw new RangeError('bootstrapMean: expected at least one value, found none')
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index >= 0) throw new RangeError(`bootstrapMean: expected finite values, found ${values[index]!} at ${index}`)
}
