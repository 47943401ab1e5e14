/** @file Rewards of groups of rollouts to advantages, as TRL's GRPOTrainer does. Knows neither rewards' makers nor losses. */

/** TRL 0.21, trl/trainer/grpo_trainer.py: keeps a group of equal rewards from dividing by zero. */
const STD_EPSILON = 1e-4

export interface AdvantageOptions {
  /** Rollouts of one prompt; they follow each other. */
  readonly numGenerations: number
  /** Divide by the group's standard deviation. @default true */
  readonly scaleRewards?: boolean
}

export interface GroupStatistics {
  /** Mean reward of the group; null without any reward. */
  readonly mean: number | null
  /** Standard deviation of the group's rewards (n - 1); 0 for fewer than two rewards. */
  readonly std: number
}

export interface Advantages {
  /** One for each rollout, in order. */
  readonly advantages: Float32Array
  /** One for each group, in order. */
  readonly groups: readonly GroupStatistics[]
}

/**
 * How much better each rollout did than its group: (reward - mean) / (std + 1e-4) (docs/REFERENCE.md 6).
 * @param rewards null where the reward could not be computed, or nothing can be learnt from the rollout: it has no part in its group's statistics
 * and the advantage 0
 */
export function groupAdvantages(rewards: readonly (number | null)[], { numGenerations, scaleRewards = true }: AdvantageOptions): Advantages {
  if (rewards.length % numGenerations !== 0) {
    throw new Error(`internal: ${rewards.length} rewards are no whole groups of ${numGenerations}`)
  }
  const advantages = new Float32Array(rewards.length)
  const groups: GroupStatistics[] = []
  for (let start = 0; start < rewards.length; start += numGenerations) {
    const group = rewards.slice(start, start + numGenerations)
    const statistics = describe(group.filter((reward) => reward !== null))
    const scale = scaleRewards ? statistics.std + STD_EPSILON : 1
    group.forEach((reward, offset) => {
      if (reward !== null && statistics.mean !== null) advantages[start + offset] = (reward - statistics.mean) / scale
    })
    groups.push(statistics)
  }
  return { advantages, groups }
}

/** Mean over groups of the largest minus the smallest advantage; 0 where every group agrees and nothing is learnt. */
export function advantageSpread(advantages: Float32Array, numGenerations: number): number {
  let sum = 0
  for (let start = 0; start < advantages.length; start += numGenerations) {
    const group = advantages.subarray(start, start + numGenerations)
    sum += Math.max(...group) - Math.min(...group)
  }
  return advantages.length === 0 ? 0 : sum / (advantages.length / numGenerations)
}

function describe(rewards: readonly number[]): GroupStatistics {
  if (rewards.length === 0) return { mean: null, std: 0 }
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
  if (rewards.length === 1) return { mean, std: 0 }
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0)
  return { mean, std: Math.sqrt(squares / (rewards.length - 1)) }
}
