/** @file Which tokens and decisions of a finished rollout are learnt from (docs/REFERENCE.md 6). Knows neither losses nor models. */
import type { TrainingPass } from './supervised-rows.ts'

/** `augmentation_pos` where the trigger was not asked. */
export const NOT_ASKED = -100

/** One generated row; of a batch, so it may go on after its own end of sequence. */
export interface RolloutRow {
  readonly completionIds: readonly number[]
  /** Before each token: -100 not asked, 0 or 1 the trigger's decision. */
  readonly augmentationMask: readonly number[]
}

export interface CleanRolloutRow extends RolloutRow {
  /** 1 up to and including the first end of sequence, then 0. */
  readonly completionMask: readonly number[]
}

/** Takes out what follows the first end of sequence. The decision taken before that token stays: it is part of the rollout. */
export function endAtFirstEos({ completionIds, augmentationMask }: RolloutRow, eosTokenId: number): CleanRolloutRow {
  const eos = completionIds.indexOf(eosTokenId)
  const length = eos < 0 ? completionIds.length : eos + 1
  return {
    completionIds: completionIds.map((id, index) => (index < length ? id : eosTokenId)),
    completionMask: completionIds.map((_, index) => (index < length ? 1 : 0)),
    augmentationMask: augmentationMask.map((decision, index) => (index < length ? decision : NOT_ASKED)),
  }
}

/**
 * The weaver's supervised completion tokens: `[columns]`, 1 where a pass over prompt and completion has a target.
 * @param promptLength tokens of the prompt, without padding
 */
export function weaverSuperviseMask(passes: readonly TrainingPass[], promptLength: number, columns: number): number[] {
  const mask = Array<number>(columns).fill(0)
  for (const { targets } of passes) for (const { position } of targets) mask[position - promptLength] = 1
  return mask
}

/** The trigger's supervised decisions: `[columns]`, 1 where it was asked. */
export function triggerSuperviseMask({ augmentationMask }: Pick<RolloutRow, 'augmentationMask'>): number[] {
  return augmentationMask.map((decision) => (decision === NOT_ASKED ? 0 : 1))
}
