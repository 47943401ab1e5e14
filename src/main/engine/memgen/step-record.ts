/** @file Full records of steps and weaves, as the debugger and the log keep them. It runs no model but for the nearest vocabulary. */
import type { PendingStep as PendingRecord } from '../../../shared/domain/session.ts'
import type { Step, TwinStep } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import { invokeProbability } from './decision.ts'
import type { MemGenModel } from './memgen-model.ts'
import { takeNextToken } from './next-token.ts'
import type { RolloutRow } from './rollout-row.ts'
import { divergence, logSumExp } from './sampling/distribution.ts'
import { restoreStream, type RandomStates } from './sampling/random-streams.ts'
import { isArgmax, sampleToken } from './sampling/sample-token.ts'
import { logitStatistics } from './sampling/token-statistics.ts'
import type { PendingStep, StepEnd, StepRecorder } from './step-recorder.ts'
import { describeWeave } from './weave-record.ts'

/** One finished step of one row. */
export interface StepResult {
  readonly row: number
  readonly step: Step
  readonly weave: Weave | null
  /** The reasoner's next-token logits, [vocab]. */
  readonly logits: Float32Array
}

export const fullRecorder: StepRecorder<StepResult> = {
  wantsGate: true,
  async record(end) {
    const { model, row, pending, logits, logitBlocks } = end
    const { config, sampling } = pending.run
    const statistics = logitStatistics(logits, logitBlocks, config.recordTopK)
    const weave = await recordedWeave(model, row, pending)
    const index = row.stepIndex
    const twinTokenId = drawOfTwin(end)
    const isGreedy = isArgmax(sampling(row.augmentationCount))
    const tokenId = takeNextToken(end, isGreedy ? statistics.mostLikely : undefined)
    const token = { index, tokenId, text: row.lastText(), logprob: statistics.logprobOf(tokenId), entropy: statistics.entropy }
    const topK = statistics.topK.map((entry) => ({ ...entry, text: model.tokenizer.tokenText(entry.tokenId) }))
    const state = { augmentationCount: row.augmentationCount, weaveId: weave?.id ?? null, randomState: recordedStates(pending.randomStates) }
    const twin = twinTokenId === null ? null : describeTwin(end, twinTokenId, tokenId)
    const step = { ...token, topK, ...recordedDecision(pending), ...state, elapsedMs: end.elapsedMs, twin }
    return { row: pending.row, step, weave, logits }
  },
}

/** A step between its phases, as far as it has come. */
export async function describePending(model: MemGenModel, row: RolloutRow, pending: PendingStep): Promise<PendingRecord> {
  const weave = await recordedWeave(model, row, pending)
  const { isInserted } = pending.verdict
  return { phase: 'decided', stepIndex: row.stepIndex, ...recordedDecision(pending), isInserted, weave }
}

/** Described once, before the row goes on, by whoever asks first: the phases of a step and its record tell the same. */
async function recordedWeave(model: MemGenModel, row: RolloutRow, pending: PendingStep): Promise<Weave | null> {
  if (pending.insertion === null) return null
  pending.weave ??= await describeWeave(model, row, pending.insertion)
  return pending.weave
}

function recordedDecision({ gate, triggerLogits, verdict }: PendingStep) {
  return {
    candidate: gate?.candidate ?? false,
    gateReason: gate?.reason ?? null,
    triggerLogits: triggerLogits === null ? null : ([...triggerLogits] satisfies Step['triggerLogits']),
    pInvoke: triggerLogits === null ? null : invokeProbability(triggerLogits),
    decision: verdict.decision,
    decisionSource: verdict.source,
  }
}

function recordedStates({ token, trigger, policy }: RandomStates): Step['randomState'] {
  return { token: [...token], trigger: [...trigger], policy: [...policy] }
}

/** What the draw that is about to be made gives on the twin's logits; null where no twin runs alongside. */
function drawOfTwin({ row, pending: { run, randomStates }, twinLogits }: StepEnd): number | null {
  if (twinLogits === null) return null
  return sampleToken(twinLogits, run.sampling(row.augmentationCount), row.ids, restoreStream(randomStates.token))
}

function describeTwin({ model, logits, twinLogits }: StepEnd, twinTokenId: number, tokenId: number): TwinStep {
  if (twinLogits === null) throw new Error('internal: a twin without logits')
  const logprob = (twinLogits[tokenId] ?? NaN) - logSumExp(twinLogits)
  return { tokenId: twinTokenId, text: model.tokenizer.tokenText(twinTokenId), logprob, kl: divergence(logits, twinLogits) }
}
