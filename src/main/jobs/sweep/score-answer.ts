/** @file How a sweep's answer is compared with the reference that the user typed. It does not know subsets. */
import type { SweepRequest } from '../../../shared/domain/sweep.ts'
import { rewardFunctions, scoreCompletion, type RewardFunction } from '../../tasks/index.ts'

/** A number as it stands in a text: `12`, `-3.5`, `1,200`, `3/4`. */
const NUMBERS = /-?\d+(?:,\d{3})*(?:\.\d+)?(?:\/\d+)?/g

const judges: Readonly<Record<SweepRequest['reward'], RewardFunction>> = {
  exact: rewardFunctions.exact,
  boxed: rewardFunctions.boxed,
  /** As `boxed`; an answer that is not boxed counts by its last number. */
  math(completion, target) {
    const score = rewardFunctions.boxed(completion, target)
    if (score > 0 || completion.includes(String.raw`\boxed`)) return score
    const number = completion.match(NUMBERS)?.at(-1)?.replaceAll(',', '')
    return number !== undefined && rewardFunctions.boxed(boxed(number), target) > 0 ? 1 : 0
  },
}

/** 0 to 1; null without a reference, or where the two cannot be compared. */
export function scoreAnswer(answer: string, { reference, reward }: Pick<SweepRequest, 'reference' | 'reward'>): number | null {
  if (reference === null) return null
  // A bare answer such as `4` is what a user types; the rewards look for a box.
  const solution = reference.includes(String.raw`\boxed`) ? reference : boxed(reference.trim())
  const score = scoreCompletion(judges[reward], answer, { id: 'reference', solution, answers: [] })
  return 'reward' in score ? score.reward : null
}

function boxed(answer: string): string {
  return String.raw`\boxed{${answer}}`
}
