/** @file Quantiles of a list of numbers. */

/**
 * Linear interpolation between the two nearest ranks, as numpy.quantile does by default.
 * @param sorted rising, at least one number
 * @param share 0 to 1
 */
export function quantileOfSorted(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? below
  return below + (above - below) * (position - Math.floor(position))
}

export interface Band {
  low: number
  median: number
  high: number
}

/** The middle 90 % of `values`; null when there are none. */
export function middleBand(values: readonly number[]): Band | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return { low: quantileOfSorted(sorted, 0.05), median: quantileOfSorted(sorted, 0.5), high: quantileOfSorted(sorted, 0.95) }
}
