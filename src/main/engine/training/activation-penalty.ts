/**
 * @file The reward-adaptive penalty on trigger activations (MemGen, arXiv 2509.24704, Eq. 8 and 9; absent from the reference's
 * code). Knows no trigger: activations are numbers.
 */

export interface PenalizedRewards {
  readonly rewards: readonly (number | null)[]
  /** p̄: the mean activation rate of the rollouts that did well; null if none of them was asked. */
  readonly targetRate: number | null
}

/**
 * reward - weight * sum over decisions of max(0, d - p̄): a rollout pays for each activation by how rare activations are among the
 * rollouts with a reward of at least the median, so what does well sets the price.
 * @param rewards null where there is none; these stay null and set no price
 * @param activations of each rollout, its decisions d where the trigger was asked, 0–1 (0 or 1 for sampled decisions)
 * @param weight λ >= 0
 */
export function penalizeActivations(
  rewards: readonly (number | null)[],
  activations: readonly (readonly number[])[],
  weight: number,
): PenalizedRewards {
  const median = medianOf(rewards.filter((reward) => reward !== null))
  const rates = activations.flatMap((decisions, index) => {
    const reward = rewards[index] ?? null
    return reward !== null && reward >= median && decisions.length > 0 ? [meanOf(decisions)] : []
  })
  if (rates.length === 0) return { rewards, targetRate: null }
  const targetRate = meanOf(rates)
  const penalized = rewards.map((reward, index) => {
    const excess = activations[index]!.reduce((sum, decision) => sum + Math.max(0, decision - targetRate), 0)
    return reward === null ? null : reward - weight * excess
  })
  return { rewards: penalized, targetRate }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Mean of the two middle values for an even number of them; NaN for none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}
