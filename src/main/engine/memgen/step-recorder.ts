/** @file What a rollout hands over at the end of a row's step, and who may make a record of it. It draws nothing. */
import type { Weave } from '../../../shared/domain/weave.ts'
import type { StepMark, RolloutRow } from './rollout-row.ts'
import type { LogitBlocks } from '../decoder/logit-blocks.ts'
import type { GateVerdict } from '../tokenization/delimiter-gate.ts'
import type { Verdict } from './decision.ts'
import type { Insertion } from './insertion.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { ResolvedRun } from './resolved-run.ts'
import type { RandomStates } from './sampling/random-streams.ts'
import type { TriggerLogits } from './trigger.ts'

/** A step under way: what its phases so far found out. */
export interface PendingStep {
  /** Index in the rollout. */
  readonly row: number
  /** In force at this step of the row. */
  readonly run: ResolvedRun
  readonly mark: StepMark
  /** Before the step drew anything. */
  readonly randomStates: RandomStates
  /** null where nothing depended on it and the recorder does not want it. */
  readonly gate: GateVerdict | null
  readonly verdict: Verdict
  readonly triggerLogits: TriggerLogits | null
  insertion: Insertion | null
  /** The record of the insertion, once somebody has asked for it. */
  weave: Weave | null
}

/** A step that lacks only its token. */
export interface StepEnd {
  readonly model: MemGenModel
  readonly row: RolloutRow
  readonly pending: PendingStep
  /** The reasoner's next-token logits, [vocab]. */
  readonly logits: Float32Array
  readonly logitBlocks: LogitBlocks
  /** The same of the vanilla twin, [vocab]; null where none runs alongside. */
  readonly twinLogits: Float32Array | null
  readonly elapsedMs: { readonly decide: number; readonly weave: number; readonly decode: number }
}

export interface StepRecorder<Result> {
  /** Judge every position, also where no policy asks. */
  readonly wantsGate: boolean
  /** Draws the token, appends it to the row, and says what happened. Throws NonFiniteLogitsError before anything was appended. */
  record(end: StepEnd): Promise<Result>
}
