/** @file What the screen keeps of every step and weave that arrives whole: the columns' part, so that long runs stay small. */
import type { Step } from '../../../shared/domain/step.ts'
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { Weave } from '../../../shared/domain/weave.ts'

export function overviewOfStep({ index, tokenId, text, logprob, entropy, candidate, pInvoke, decision, decisionSource, augmentationCount, weaveId, elapsedMs, twin }: Step): StepOverview {
  return { index, tokenId, text, logprob, entropy, candidate, pInvoke, decision, decisionSource, augmentationCount, weaveId, elapsedMs, twin }
}

export function overviewOfWeave({ id, stepIndex, kind, contextLength, norms, intervention }: Weave): WeaveOverview {
  return { id, stepIndex, kind, contextLength, norms, ...(intervention === undefined ? {} : { intervention }) }
}
