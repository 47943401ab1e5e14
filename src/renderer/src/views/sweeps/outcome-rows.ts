/** @file Which outcomes the table shows, and in which order. It does not know how a row looks. */
import type { SweepOutcome } from '../../../../shared/domain/sweep.ts'

export type OutcomeColumn = 'subset' | 'insertions' | 'tokens' | 'score'
export type OutcomeFilter = 'all' | 'right' | 'wrong'

export interface OutcomeOrder {
  readonly column: OutcomeColumn
  readonly isDescending: boolean
}

/** The most that a right answer gets. */
export function isRight({ score }: Pick<SweepOutcome, 'score'>): boolean {
  return score !== null && score >= 1
}

const filters: Readonly<Record<OutcomeFilter, (outcome: SweepOutcome) => boolean>> = {
  all: () => true,
  right: isRight,
  wrong: (outcome) => outcome.score !== null && !isRight(outcome),
}

/** Fewer candidates first, then by their ordinals. */
function compareSubsets({ candidates: a }: SweepOutcome, { candidates: b }: SweepOutcome): number {
  if (a.length !== b.length) return a.length - b.length
  const differing = a.findIndex((ordinal, index) => ordinal !== b[index])
  return differing === -1 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0)
}

const comparisons: Readonly<Record<OutcomeColumn, (a: SweepOutcome, b: SweepOutcome) => number>> = {
  subset: compareSubsets,
  insertions: (a, b) => a.insertionCount - b.insertionCount,
  tokens: (a, b) => a.tokenCount - b.tokenCount,
  // Without a score is below every score.
  score: (a, b) => (a.score ?? -Infinity) - (b.score ?? -Infinity) || 0,
}

/** Outcomes that are equal in the column stand in the order of their subsets, whichever way the column is sorted. */
export function arrangeOutcomes(outcomes: readonly SweepOutcome[], filter: OutcomeFilter, { column, isDescending }: OutcomeOrder): SweepOutcome[] {
  const sign = isDescending ? -1 : 1
  return outcomes.filter(filters[filter]).sort((a, b) => sign * comparisons[column](a, b) || compareSubsets(a, b))
}
