/**
 * @file The end of a row's step: its token is drawn and appended, and what happened becomes a record. It runs no model
 * and does not know the other rows.
 */
import type { Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import { contextLength } from '../checkpoint/index.ts'
import type { GateVerdict } from '../tokenization/delimiter-gate.ts'
import { invokeProbability, type Verdict } from './decision.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { ResolvedRun } from './resolved-run.ts'
import type { RolloutRow, StepMark } from './rollout-row.ts'
import type { RandomStates } from './sampling/random-streams.ts'
import { isArgmax, sampleToken } from './sampling/sample-token.ts'
import { logitStatistics } from './sampling/token-statistics.ts'
import type { TriggerLogits } from './trigger.ts'

/** A step under way: what its phases so far found out. */
export interface PendingStep {
  /** Index in the rollout. */
  readonly row: number
  readonly mark: StepMark
  readonly gate: GateVerdict
  readonly verdict: Verdict
  readonly triggerLogits: TriggerLogits | null
  weave: Weave | null
}

/**
 * Draws the row's token from `logits` [vocab], appends it and finishes the row where it is the last.
 * Throws NonFiniteLogitsError before anything was appended.
 */
export function takeToken(model: MemGenModel, run: ResolvedRun, row: RolloutRow, pending: PendingStep, logits: Float32Array): Omit<Step, 'elapsedMs'> {
  const { gate, mark, triggerLogits, verdict, weave } = pending
  const { recordTopK, maxNewTokens } = run.config
  const { mostLikely, logprobOf, entropy, topK } = logitStatistics(logits, recordTopK)
  const sampling = run.sampling(row.augmentationCount)
  const tokenId = isArgmax(sampling) ? mostLikely : sampleToken(logits, sampling, row.ids, row.streams.token)
  const index = row.stepIndex
  const text = row.appendToken(tokenId)
  if (tokenId === model.tokenizer.eosTokenId) row.finish = 'eos'
  else if (row.stepIndex >= maxNewTokens || row.context.length >= contextLength(model.config)) row.finish = 'length'
  return {
    index,
    tokenId,
    text,
    logprob: logprobOf(tokenId),
    entropy,
    topK: topK.map((entry) => ({ ...entry, text: model.tokenizer.tokenText(entry.tokenId) })),
    candidate: gate.candidate,
    gateReason: gate.reason,
    triggerLogits: triggerLogits === null ? null : [...triggerLogits],
    pInvoke: triggerLogits === null ? null : invokeProbability(triggerLogits),
    decision: verdict.decision,
    decisionSource: verdict.source,
    augmentationCount: row.augmentationCount,
    weaveId: weave?.id ?? null,
    randomState: recordedStates(mark.randomStates),
  }
}

function recordedStates({ token, trigger, policy }: RandomStates): Step['randomState'] {
  return { token: [...token], trigger: [...trigger], policy: [...policy] }
}
