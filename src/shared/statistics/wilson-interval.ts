/** @file The interval of a proportion such as an accuracy. Does not know what was counted. */
import type { Interval } from './interval.ts'

/** Standard normal quantile at 0.975, for two-sided 95 %. */
const z = 1.959963984540054

/**
 * Wilson's score interval at 95 %, without continuity correction. Unlike estimate ± 1.96 standard errors it stays within
 * [0, 1] and has a width at 0 of n and n of n.
 * Source: Wilson, JASA 22 (1927), 209-212; method 3 in Newcombe, Statistics in Medicine 17 (1998), 857-872.
 *
 * Raises RangeError unless 0 <= successes <= count and count >= 1, both whole numbers.
 */
export function wilsonInterval(successes: number, count: number): Interval {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`wilsonInterval: expected a count of at least 1, found ${count}`)
  if (!Number.isInteger(successes) || successes < 0 || successes > count) {
    throw new RangeError(`wilsonInterval: expected between 0 and ${count} successes, found ${successes}`)
  }
  return scoreInterval(successes / count, count)
}

/** Wilson's interval of a proportion that is worth `count` independent observations, which need not be a whole number. */
export function scoreInterval(estimate: number, count: number): Interval {
  const centre = estimate + z ** 2 / (2 * count)
  const halfWidth = z * Math.sqrt((estimate * (1 - estimate)) / count + z ** 2 / (4 * count ** 2))
  const scale = 1 + z ** 2 / count
  // Rounding would otherwise leave 0 of n a bound of 1e-17 instead of 0.
  const low = estimate === 0 ? 0 : (centre - halfWidth) / scale
  const high = estimate === 1 ? 1 : (centre + halfWidth) / scale
  return { estimate, low, high }
}
