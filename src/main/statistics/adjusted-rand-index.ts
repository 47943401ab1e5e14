/** @file How much two groupings of the same things agree, beyond what chance gives. Does not know what was grouped. */

/**
 * 1 for the same groups under any names, about 0 for unrelated ones. Raises RangeError where the lengths differ.
 * Source: Hubert and Arabie, Journal of Classification 2 (1985), 193-218, equation 5.
 */
export function adjustedRandIndex(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) throw new RangeError(`adjustedRandIndex: expected groupings of the same things, found ${left.length} and ${right.length}`)
  const [both, ofLeft, ofRight] = [new Map<string, number>(), new Map<number, number>(), new Map<number, number>()]
  for (let i = 0; i < left.length; i++) {
    const [a, b] = [left[i]!, right[i]!]
    ofLeft.set(a, (ofLeft.get(a) ?? 0) + 1)
    ofRight.set(b, (ofRight.get(b) ?? 0) + 1)
    both.set(`${a} ${b}`, (both.get(`${a} ${b}`) ?? 0) + 1)
  }
  const [agreeing, pairsLeft, pairsRight] = [pairsWithin(both), pairsWithin(ofLeft), pairsWithin(ofRight)]
  const expected = (pairsLeft * pairsRight) / pairsOf(left.length)
  const largest = (pairsLeft + pairsRight) / 2
  // Both put everything together, or both keep everything apart: the same groups.
  return largest === expected || left.length < 2 ? 1 : (agreeing - expected) / (largest - expected)
}

function pairsWithin(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0)
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2
}
