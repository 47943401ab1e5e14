/** @file The little that evaluations and training keep of a step: no texts, no likeliest tokens, no states. It runs no model. */
import type { Decision } from '../../../shared/domain/step.ts'
import type { Insertion } from './insertion.ts'
import { takeNextToken } from './next-token.ts'
import { isArgmax } from './sampling/sample-token.ts'
import { logitStatistics } from './sampling/token-statistics.ts'
import type { StepRecorder } from './step-recorder.ts'
import type { TriggerLogits } from './trigger.ts'

export interface CompactStep {
  readonly row: number
  readonly tokenId: number
  /** As `Step.logprob`; null where it was not asked for. */
  readonly logprob: number | null
  readonly decision: Decision
  readonly triggerLogits: TriggerLogits | null
  readonly insertion: Insertion | null
}

export function compactRecorder({ withLogprobs }: { withLogprobs: boolean }): StepRecorder<CompactStep> {
  return {
    wantsGate: false,
    async record(end) {
      const { row, logits, logitBlocks, pending } = end
      const statistics = logitStatistics(logits, logitBlocks, 0)
      const isGreedy = isArgmax(pending.run.sampling(row.augmentationCount))
      const tokenId = takeNextToken(end, isGreedy ? statistics.mostLikely : undefined)
      return {
        row: pending.row,
        tokenId,
        logprob: withLogprobs ? statistics.logprobOf(tokenId) : null,
        decision: pending.verdict.decision,
        triggerLogits: pending.triggerLogits,
        insertion: pending.insertion,
      }
    },
  }
}
