/** @file What the outcomes of a sweep say: the best and worst subsets, and whether each candidate helps or harms. It generates nothing. */
import type { SweepOutcome } from '../domain/sweep.ts'
import { subsetKey } from './subsets.ts'

/** What memory at one candidate changes, over all pairs of subsets that differ in this candidate alone and were both scored. */
export interface CandidateEffect {
  readonly ordinal: number
  /** Pairs whose score is higher with it, lower with it, or the same. */
  readonly helped: number
  readonly harmed: number
  readonly same: number
  /** Mean of score with minus score without; null without pairs. */
  readonly meanDifference: number | null
  /** Score with it alone minus score without any memory; null where either is missing. */
  readonly aloneDifference: number | null
}

export interface SweepStatistics {
  readonly scoredCount: number
  /** Of the outcomes with the highest and with the lowest score, the one with the fewest insertions, then the earliest; null without scores. */
  readonly best: SweepOutcome | null
  readonly worst: SweepOutcome | null
  /** How many outcomes share the highest and the lowest score. */
  readonly bestCount: number
  readonly worstCount: number
  /** In order of ordinals. */
  readonly effects: readonly CandidateEffect[]
  /** Whether every subset that was planned has an outcome. */
  readonly isComplete: boolean
}

/** @param total subsets planned; 0 while the candidates are not known */
export function sweepStatistics(outcomes: readonly SweepOutcome[], { candidateCount, total }: { candidateCount: number; total: number }): SweepStatistics {
  const scores = new Map(outcomes.flatMap(({ candidates, score }) => (score === null ? [] : [[subsetKey(candidates), score] as const])))
  const scored = outcomes.filter(({ score }) => score !== null)
  const highest = Math.max(...scores.values())
  const lowest = Math.min(...scores.values())
  const bests = scored.filter(({ score }) => score === highest)
  const worsts = scored.filter(({ score }) => score === lowest)
  return {
    scoredCount: scored.length,
    best: leastMemory(bests),
    worst: leastMemory(worsts),
    bestCount: bests.length,
    worstCount: worsts.length,
    effects: Array.from({ length: candidateCount }, (_, ordinal) => candidateEffect(ordinal, scored, scores)),
    isComplete: total > 0 && outcomes.length >= total,
  }
}

function leastMemory(outcomes: readonly SweepOutcome[]): SweepOutcome | null {
  return outcomes.reduce<SweepOutcome | null>((least, outcome) => (least === null || outcome.candidates.length < least.candidates.length ? outcome : least), null)
}

function candidateEffect(ordinal: number, scored: readonly SweepOutcome[], scores: ReadonlyMap<string, number>): CandidateEffect {
  const differences = scored.flatMap(({ candidates, score }) => {
    if (score === null || !candidates.includes(ordinal)) return []
    const without = scores.get(subsetKey(candidates.filter((candidate) => candidate !== ordinal)))
    return without === undefined ? [] : [score - without]
  })
  const alone = scores.get(subsetKey([ordinal]))
  const none = scores.get(subsetKey([]))
  return {
    ordinal,
    helped: differences.filter((difference) => difference > 0).length,
    harmed: differences.filter((difference) => difference < 0).length,
    same: differences.filter((difference) => difference === 0).length,
    meanDifference: differences.length === 0 ? null : differences.reduce((sum, difference) => sum + difference, 0) / differences.length,
    aloneDifference: alone === undefined || none === undefined ? null : alone - none,
  }
}
