/** @file Two branches step by step: where they differ, and each in a few numbers. It does not know how they are shown. */
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'

export interface BranchNumbers {
  length: number
  insertions: number
  /** Over the steps from the fork on, in nats; null where there are none. */
  meanLogprob: number | null
  meanEntropy: number | null
}

/** Whether the branches part in this step: another token, or latents in only one of them. */
export function differsAt(a: readonly StepOverview[], b: readonly StepOverview[], index: number): boolean {
  const [left, right] = [a[index], b[index]]
  return left?.tokenId !== right?.tokenId || (left?.weaveId == null) !== (right?.weaveId == null)
}

/** The first step from the fork on at which they differ, one being shorter included; null where they are alike to the end. */
export function firstDifference(a: readonly StepOverview[], b: readonly StepOverview[], fork: number): number | null {
  const end = Math.max(a.length, b.length)
  for (let index = fork; index < end; index += 1) if (differsAt(a, b, index)) return index
  return null
}

export function numbersOf(steps: readonly StepOverview[], fork: number): BranchNumbers {
  const own = steps.slice(fork)
  return {
    length: steps.length,
    insertions: steps.filter(({ weaveId }) => weaveId !== null).length,
    meanLogprob: meanOf(own.map(({ logprob }) => logprob)),
    meanEntropy: meanOf(own.map(({ entropy }) => entropy)),
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
