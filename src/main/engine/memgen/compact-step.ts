/** @file The little that evaluations and training keep of a step: numbers that the step has computed anyway. It decodes no text and runs no model. */
import type { Decision, DecisionSource } from '../../../shared/domain/step.ts'
import type { Insertion } from './insertion.ts'
import { takeNextToken } from './next-token.ts'
import { isArgmax } from './sampling/sample-token.ts'
import { logitStatistics } from './sampling/token-statistics.ts'
import type { StepRecorder } from './step-recorder.ts'
import type { TriggerLogits } from './trigger.ts'

export interface CompactStep {
  readonly row: number
  readonly tokenId: number
  /** As `Step.logprob` and `Step.entropy`. */
  readonly logprob: number
  readonly entropy: number
  readonly decision: Decision
  readonly source: DecisionSource | null
  /** null where the gate was not asked or said no. */
  readonly delimiter: string | null
  readonly triggerLogits: TriggerLogits | null
  readonly insertion: Insertion | null
}

export const compactRecorder: StepRecorder<CompactStep> = {
  wantsGate: false,
  async record(end) {
    const { row, logits, logitBlocks, pending } = end
    const statistics = logitStatistics(logits, logitBlocks, 0)
    const isGreedy = isArgmax(pending.run.sampling(row.augmentationCount))
    const tokenId = takeNextToken(end, isGreedy ? statistics.mostLikely : undefined)
    return {
      row: pending.row,
      tokenId,
      logprob: statistics.logprobOf(tokenId),
      entropy: statistics.entropy,
      decision: pending.verdict.decision,
      source: pending.verdict.source,
      delimiter: pending.gate?.delimiter ?? null,
      triggerLogits: pending.triggerLogits,
      insertion: pending.insertion,
    }
  },
}
