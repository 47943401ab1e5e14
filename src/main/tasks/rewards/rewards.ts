/**
 * @file The rewards by name, and how one is asked. It does not know where completions come from.
 *
 * Differences: where the solution has no boxed answer, the reference's math score is 0 whatever the completion; here `boxed`
 * raises an error instead, since that is a fault of the dataset and not of the model.
 */
import { messageOf } from '../../../shared/message-of.ts'
import type { Sample } from '../sample.ts'
import { boxedAnswer } from './boxed-answer.ts'
import { mathScore } from './math-score.ts'
import { triviaQaReward } from './triviaqa.ts'

/** Names as configuration files give them. */
export const rewardNames = ['boxed', 'exact', 'triviaqa'] as const
export type RewardName = (typeof rewardNames)[number]

export function isRewardName(name: string): name is RewardName {
  return (rewardNames as readonly string[]).includes(name)
}

/** What rewards know of a sample. */
export type RewardTarget = Pick<Sample, 'id' | 'solution' | 'answers'>

/** The completion's reward, any finite number. May throw where the sample cannot be judged. */
export type RewardFunction = (completion: string, target: RewardTarget) => number

export const rewardFunctions: Readonly<Record<RewardName, RewardFunction>> = {
  /** The reference's math score. 0 or 1. */
  boxed(completion, target) {
    const solution = readSolution(target)
    if (boxedAnswer(solution, 'last') === null) throw new Error(String.raw`expected a solution with \boxed{...}, found none in it`)
    return mathScore(completion, solution)
  },
  /** Whether the first boxed answer is, but for white space around it, the solution's last boxed answer or the whole solution. 0 or 1. */
  exact(completion, target) {
    const solution = readSolution(target)
    const expected = boxedAnswer(solution, 'last') ?? solution
    return boxedAnswer(completion, 'first')?.trim() === expected.trim() ? 1 : 0
  },
  /** The reference's TriviaQA reward. 0, 0.5 or 1. */
  triviaqa(completion, { answers }) {
    if (answers.length === 0) throw new Error('expected a sample with an answer, found none')
    return triviaQaReward(completion, answers)
  },
}

/** A reward, or why there is none. */
export type Score = { readonly reward: number } | { readonly error: string }

/** Asks for the reward; what it throws marks this sample and nothing else. */
export function scoreCompletion(reward: RewardFunction, completion: string, target: RewardTarget): Score {
  try {
    const value = reward(completion, target)
    return Number.isFinite(value) ? { reward: value } : { error: `sample ${target.id}: expected a finite reward, found ${value}` }
  } catch (error) {
    return { error: `sample ${target.id}: ${messageOf(error)}` }
  }
}

function readSolution({ solution }: RewardTarget): string {
  if (solution === null) throw new Error('expected a sample with a solution, found none')
  return solution
}
