/** @file Which subsets of candidates a sweep tries, and how one is named. It does not know what they give. */

/** Candidates inserted at, ascending ordinals; 0 is the end of the prompt. */
export type Subset = readonly number[]

/** Equal for equal subsets, and only for them. */
export function subsetKey(candidates: Subset): string {
  return candidates.join()
}

/** Whether every subset is tried, not the single ones alone. */
export function triesEverySubset(candidateCount: number, maxSubsetCandidates: number): boolean {
  return candidateCount <= maxSubsetCandidates
}

/**
 * Small subsets first: no candidate, each alone, then, up to `maxSubsetCandidates` candidates, every other subset; beyond that all
 * candidates at once.
 */
export function planSubsets(candidateCount: number, maxSubsetCandidates: number): Subset[] {
  const all = Array.from({ length: candidateCount }, (_, ordinal) => ordinal)
  if (!triesEverySubset(candidateCount, maxSubsetCandidates)) return [[], ...all.map((ordinal) => [ordinal]), ...(candidateCount > 1 ? [all] : [])]
  const subsets = Array.from({ length: 2 ** candidateCount }, (_, mask) => all.filter((ordinal) => (mask & (1 << ordinal)) !== 0))
  return subsets.sort((a, b) => a.length - b.length || compareLexically(a, b))
}

function compareLexically(a: Subset, b: Subset): number {
  const differing = a.findIndex((ordinal, index) => ordinal !== b[index])
  return differing === -1 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0)
}
