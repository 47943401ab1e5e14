/** @file What a run gave for each sample, its repeats taken together. It does not know other runs. */
import type { TransitionCell } from '../../shared/domain/comparison.ts'
import type { ResultSummary } from '../log/index.ts'

/** Of the judged repeats of one sample. */
export interface SampleOutcome {
  /** Repeats that were judged. */
  readonly judged: number
  /** Those of them with a reward of at least 1. */
  readonly right: number
  /** `right / judged` */
  readonly accuracy: number
  readonly meanReward: number
  /** At least half of the repeats are. */
  readonly isRight: boolean
  /** Some reward is neither 0 nor 1. */
  readonly isGraded: boolean
}

/** The automatic reward, or a person's verdict in its place where there is one. */
export function rewardOf({ reward, human }: Pick<ResultSummary, 'reward' | 'human'>, usesHumanVerdicts: boolean): number | null {
  const verdict = usesHumanVerdicts ? (human?.isRight ?? null) : null
  return verdict === null ? reward : Number(verdict)
}

/** By sample; samples without a judged repeat are not in it. */
export function sampleOutcomes(summaries: readonly ResultSummary[], usesHumanVerdicts: boolean): Map<string, SampleOutcome> {
  const rewardsOf = new Map<string, number[]>()
  for (const summary of summaries) {
    const reward = rewardOf(summary, usesHumanVerdicts)
    if (reward === null) continue
    const rewards = rewardsOf.get(summary.sampleId)
    if (rewards === undefined) rewardsOf.set(summary.sampleId, [reward])
    else rewards.push(reward)
  }
  return new Map([...rewardsOf].map(([sampleId, rewards]) => [sampleId, outcomeOf(rewards)]))
}

function outcomeOf(rewards: readonly number[]): SampleOutcome {
  const right = rewards.filter((reward) => reward >= 1).length
  const accuracy = right / rewards.length
  return {
    judged: rewards.length,
    right,
    accuracy,
    meanReward: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    isRight: accuracy >= 0.5,
    isGraded: rewards.some((reward) => reward !== 0 && reward !== 1),
  }
}

/** Where a sample stands between the baseline and another run. */
export function transitionOf(baseline: SampleOutcome, other: SampleOutcome): TransitionCell {
  if (baseline.isRight) return other.isRight ? 'both-right' : 'harmed'
  return other.isRight ? 'helped' : 'both-wrong'
}
