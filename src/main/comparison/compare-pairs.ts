/** @file One run against the baseline: tests and intervals over the samples judged under both. It knows samples by their outcomes alone. */
import type { PairedComparison } from '../../shared/domain/comparison.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { holmAdjust, mcNemarExact, pairedBootstrap, wilcoxonSignedRank, type BootstrapInterval, type Interval } from '../statistics/index.ts'
import { transitionOf, type SampleOutcome } from './sample-outcomes.ts'

/** Any fixed seed: the same results give the same interval. */
const BOOTSTRAP = { seed: 1, resamples: 10_000 } as const
/** Digits to which mean rewards and bounds are told apart: 0.3 - 0.1 and 0.2 - 0 are the same difference, and their difference is 0, though not in floating point. */
const REWARD_DIGITS = 12

export type Outcomes = ReadonlyMap<string, SampleOutcome>
/** What one pair of runs gives; Holm's adjustment needs all of them. */
export type UnadjustedComparison = Omit<PairedComparison, 'mcNemar' | 'wilcoxon'> & {
  readonly mcNemar: Omit<NonNullable<PairedComparison['mcNemar']>, 'holmPValue'> | null
  readonly wilcoxon: Omit<NonNullable<PairedComparison['wilcoxon']>, 'holmPValue'> | null
}

/** A sample is one observation, however many repeats it has: its means are paired, and drawn anew together. */
export function comparePair(runId: EvaluationRunId, baseline: Outcomes, other: Outcomes): UnadjustedComparison {
  const pairs = [...baseline].flatMap(([sampleId, before]) => {
    const after = other.get(sampleId)
    return after === undefined ? [] : [{ before, after }]
  })
  const cells = pairs.map(({ before, after }) => transitionOf(before, after))
  const count = (cell: (typeof cells)[number]): number => cells.filter((each) => each === cell).length
  const transitions = { bothRight: count('both-right'), harmed: count('harmed'), helped: count('helped'), bothWrong: count('both-wrong') }
  const isGraded = pairs.some(({ before, after }) => before.isGraded || after.isGraded)
  const hasPairs = pairs.length > 0
  const difference = (measure: 'accuracy' | 'meanReward'): Interval => {
    return boundsOf(pairedBootstrap(pairs.map(({ before }) => before[measure]), pairs.map(({ after }) => after[measure]), BOOTSTRAP))
  }
  const accuracyDifference = hasPairs ? difference('accuracy') : null
  return {
    runId,
    pairCount: pairs.length,
    unpaired: { baseline: baseline.size - pairs.length, other: other.size - pairs.length },
    transitions,
    mcNemar: hasPairs ? { pValue: mcNemarExact(transitions) } : null,
    accuracyDifference,
    // Rewards of 0 and 1 are the accuracy: drawing them again would give the same numbers.
    rewardDifference: isGraded ? difference('meanReward') : accuracyDifference,
    wilcoxon: isGraded ? wilcoxonSignedRank(pairs.map(({ before, after }) => rounded(after.meanReward - before.meanReward))) : null,
    bootstrap: BOOTSTRAP,
  }
}

/** Each kind of test is adjusted over all runs that have it. */
export function adjustForMany(comparisons: readonly UnadjustedComparison[]): PairedComparison[] {
  const mcNemar = holmAdjust(comparisons.flatMap(({ mcNemar }) => mcNemar?.pValue ?? []))
  const wilcoxon = holmAdjust(comparisons.flatMap(({ wilcoxon }) => wilcoxon?.pValue ?? []))
  // Both lists are in the order of the comparisons that have the test.
  return comparisons.map((comparison) => ({
    ...comparison,
    mcNemar: comparison.mcNemar === null ? null : { ...comparison.mcNemar, holmPValue: mcNemar.shift() ?? 1 },
    wilcoxon: comparison.wilcoxon === null ? null : { ...comparison.wilcoxon, holmPValue: wilcoxon.shift() ?? 1 },
  }))
}

function boundsOf({ estimate, low, high }: BootstrapInterval): Interval {
  return { estimate: rounded(estimate), low: rounded(low), high: rounded(high) }
}

function rounded(reward: number): number {
  return Number(reward.toFixed(REWARD_DIGITS))
}
