/** @file Whether paired measurements of any distribution differ: Wilcoxon's signed-rank test. Does not know what was measured. */
import { twoSidedNormalTail } from './normal-distribution.ts'

export interface WilcoxonResult {
  /** The smaller of the sums of positive and of negative ranks. */
  readonly statistic: number
  /** Differences that are not 0; only they are ranked. */
  readonly pairCount: number
  /** Two-sided. */
  readonly pValue: number
  /** Counted over all signs rather than approximated. */
  readonly isExact: boolean
}

/** Up to here all signs are counted, as scipy's `method='auto'` does. */
const MAX_EXACT_PAIRS = 50

/**
 * The signed-rank test of differences between pairs. Differences of 0 are dropped and equal magnitudes share their mean rank,
 * as with scipy's default `zero_method='wilcox'`. Exact while there are at most 50 differences without equal magnitudes; else the
 * normal approximation with corrections for ties and continuity. p is 1 where nothing differs.
 * Sources: Wilcoxon, Biometrics Bulletin 1 (1945), 80-83; Hollander and Wolfe, Nonparametric Statistical Methods (1999), section 3.1.
 *
 * Raises RangeError for a difference that is not finite.
 */
export function wilcoxonSignedRank(differences: readonly number[]): WilcoxonResult {
  const index = differences.findIndex((difference) => !Number.isFinite(difference))
  if (index >= 0) throw new RangeError(`wilcoxonSignedRank: expected finite differences, found ${differences[index]!} at ${index}`)
  const ordered = differences.filter((difference) => difference !== 0).sort((a, b) => Math.abs(a) - Math.abs(b))
  const pairCount = ordered.length
  const { positive, tieSum } = rankSigns(ordered)
  const statistic = Math.min(positive, (pairCount * (pairCount + 1)) / 2 - positive)
  const isExact = tieSum === 0 && pairCount <= MAX_EXACT_PAIRS
  return { statistic, pairCount, pValue: isExact ? exactPValue(statistic, pairCount) : approximatePValue(positive, pairCount, tieSum), isExact }
}

/** @param ordered by magnitude. @returns the sum of positive ranks, and t^3 - t added up over groups of t equal magnitudes */
function rankSigns(ordered: readonly number[]): { positive: number; tieSum: number } {
  let positive = 0
  let tieSum = 0
  let start = 0
  while (start < ordered.length) {
    let end = start + 1
    while (end < ordered.length && Math.abs(ordered[end]!) === Math.abs(ordered[start]!)) end++
    const rank = (start + 1 + end) / 2
    for (let i = start; i < end; i++) if (ordered[i]! > 0) positive += rank
    tieSum += (end - start) ** 3 - (end - start)
    start = end
  }
  return { positive, tieSum }
}

/** The share of all 2^n choices of signs whose rank sum is at most the statistic, doubled. */
function exactPValue(statistic: number, pairCount: number): number {
  const largest = (pairCount * (pairCount + 1)) / 2
  // Shares instead of counts, halved with every rank: 2^50 choices would leave no digits for the rest.
  const shares = new Float64Array(largest + 1)
  shares[0] = 1
  for (let rank = 1; rank <= pairCount; rank++) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= 0; sum--) shares[sum] = (shares[sum]! + (sum >= rank ? shares[sum - rank]! : 0)) / 2
  }
  let tail = 0
  for (let sum = 0; sum <= statistic; sum++) tail += shares[sum]!
  return Math.min(1, 2 * tail)
}

function approximatePValue(positive: number, pairCount: number, tieSum: number): number {
  const deviation = Math.abs(positive - (pairCount * (pairCount + 1)) / 4)
  const variance = (pairCount * (pairCount + 1) * (2 * pairCount + 1)) / 24 - tieSum / 48
  return twoSidedNormalTail(Math.max(0, deviation - 0.5) / Math.sqrt(variance))
}
