/** @file Several tests at once without more false alarms than one: Holm's correction. Does not know what was tested. */

/**
 * Adjusted p-values in the order given: each may be compared with the level that all tests together shall keep.
 * Source: Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
 */
export function holmAdjust(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length)
  let largest = 0
  const ascending = pValues.map((pValue, index) => ({ pValue, index })).sort((a, b) => a.pValue - b.pValue)
  for (const [rank, { pValue, index }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, pValue * (pValues.length - rank)))
    adjusted[index] = largest
  }
  return adjusted
}
