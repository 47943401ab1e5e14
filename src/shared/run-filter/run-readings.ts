/** @file Numbers of a run that follow from what it has counted. It does not know how they are written or compared. */
import type { EvaluationRun } from '../domain/evaluation.ts'

type Counted = Pick<EvaluationRun, 'totals' | 'total'>

/** Latent blocks of a completion on average, the prompt's included; null before the first. */
export function insertionsPerCompletion({ totals: { promptInsertions, inferenceInsertions, done } }: Counted): number | null {
  return done === 0 ? null : (promptInsertions + inferenceInsertions) / done
}

/** Generated tokens of a completion on average; null before the first. */
export function tokensPerCompletion({ totals: { tokens, done } }: Counted): number | null {
  return done === 0 ? null : tokens / done
}

/** null before the first completion. */
export function tokensPerSecond({ totals: { tokens, elapsedMs } }: Counted): number | null {
  return tokens === 0 || elapsedMs === 0 ? null : (tokens * 1000) / elapsedMs
}

/** Mean reward of judged results; null where none is. */
export function meanReward({ totals: { rewardSum, judged } }: Counted): number | null {
  return judged === 0 ? null : rewardSum / judged
}

/** 0 to 1; null until the dataset has been read. */
export function shareDone({ totals: { done }, total }: Counted): number | null {
  return total === 0 ? null : done / total
}

/** Milliseconds that the run still computes at the pace it had over all its attempts; null before the first result and while no time is counted, 0 when all are there. */
export function timeLeftMs({ totals: { done, elapsedMs }, total }: Counted): number | null {
  return done === 0 || elapsedMs === 0 || total === 0 ? null : (elapsedMs / done) * Math.max(0, total - done)
}
