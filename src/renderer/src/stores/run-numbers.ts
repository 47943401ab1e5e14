/** @file What a run's totals amount to. It does not know how numbers are written. */
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'

export type CountedRun = Pick<EvaluationRun, 'total' | 'totals' | 'status'>

export function tokensPerSecond({ totals }: CountedRun): number | null {
  return totals.elapsedMs === 0 ? null : totals.tokens / (totals.elapsedMs / 1000)
}

export function tokensPerResult({ totals }: CountedRun): number | null {
  return totals.done === 0 ? null : totals.tokens / totals.done
}

/** Prompt and inference insertions together, per completion. */
export function insertionsPerResult({ totals }: CountedRun): number | null {
  return totals.done === 0 ? null : (totals.promptInsertions + totals.inferenceInsertions) / totals.done
}

export function meanReward({ totals }: CountedRun): number | null {
  return totals.judged === 0 ? null : totals.rewardSum / totals.judged
}

/** Milliseconds at the pace so far; null while nothing tells, or nothing is left. */
export function timeLeftMs({ status, total, totals }: CountedRun): number | null {
  return status !== 'running' || totals.done === 0 || totals.elapsedMs === 0 || totals.done >= total ? null : (totals.elapsedMs / totals.done) * (total - totals.done)
}
