/** @file Full records of steps and weaves, as the debugger and the log keep them. It runs no model but for the nearest vocabulary. */
import type { Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import { invokeProbability } from './decision.ts'
import { takeNextToken } from './next-token.ts'
import type { RandomStates } from './sampling/random-streams.ts'
import { isArgmax } from './sampling/sample-token.ts'
import { logitStatistics } from './sampling/token-statistics.ts'
import type { StepEnd, StepRecorder } from './step-recorder.ts'
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
    const { model, run, row, pending, logits, logitBlocks } = end
    const statistics = logitStatistics(logits, logitBlocks, run.config.recordTopK)
    const weave = pending.insertion === null ? null : await describeWeave(model, run, row, pending.insertion)
    const index = row.stepIndex
    const isGreedy = isArgmax(run.sampling(row.augmentationCount))
    const tokenId = takeNextToken(end, isGreedy ? statistics.mostLikely : undefined)
    const token = { index, tokenId, text: row.lastText(), logprob: statistics.logprobOf(tokenId), entropy: statistics.entropy }
    const topK = statistics.topK.map((entry) => ({ ...entry, text: model.tokenizer.tokenText(entry.tokenId) }))
    const step = { ...token, topK, ...recordedDecision(end), weaveId: weave?.id ?? null, elapsedMs: end.elapsedMs, twin: null }
    return { row: pending.row, step, weave, logits }
  },
}

function recordedDecision({ row, pending: { gate, mark, triggerLogits, verdict } }: StepEnd) {
  return {
    candidate: gate?.candidate ?? false,
    gateReason: gate?.reason ?? null,
    triggerLogits: triggerLogits === null ? null : ([...triggerLogits] satisfies Step['triggerLogits']),
    pInvoke: triggerLogits === null ? null : invokeProbability(triggerLogits),
    decision: verdict.decision,
    decisionSource: verdict.source,
    augmentationCount: row.augmentationCount,
    randomState: recordedStates(mark.randomStates),
  }
}

function recordedStates({ token, trigger, policy }: RandomStates): Step['randomState'] {
  return { token: [...token], trigger: [...trigger], policy: [...policy] }
}
