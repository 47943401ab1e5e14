/** @file The inputs of a loss for one batch, row by row in the order of its targets. Knows no graph of a model. */
import { boolTensor, float32Tensor, int64Tensor, type Tensor } from '../runtime/graph-session.ts'
import { lossInputs, type LossHead } from './loss-graph.ts'

/** One number for each target of a batch. */
export interface LossColumns {
  /** What each target's loss counts, the reduction included: 1 / n for a mean. */
  readonly weights: Float32Array
  /** GRPO only. */
  readonly advantages?: Float32Array
  /** GRPO: log-probabilities under the policy that spoke. @default the present policy's, without their gradient */
  readonly oldLogProbs?: Float32Array | undefined
  /** GRPO with beta: log-probabilities under the reference policy. */
  readonly refLogProbs?: Float32Array | undefined
}

/**
 * Every input is a column [targets, 1]: token ids or classes as `targets`, and `columns` as float32. Raises an internal error where a column that
 * the head needs is missing or of another length.
 */
export function lossFeeds(head: LossHead, targets: readonly number[], columns: LossColumns): Record<string, Tensor> {
  const shape = [targets.length, 1]
  const column = (name: keyof LossColumns): Tensor => {
    const data = columns[name]
    if (data?.length !== targets.length) throw new Error(`internal: ${name} holds ${data?.length ?? 'no'} numbers for ${targets.length} targets`)
    return float32Tensor(data, shape)
  }
  const supervised = { [lossInputs.targets]: int64Tensor(targets, shape), [lossInputs.weights]: column('weights') }
  if (head.kind === 'cross-entropy') return supervised
  const hasOld = columns.oldLogProbs !== undefined
  return {
    ...supervised,
    [lossInputs.advantages]: column('advantages'),
    [lossInputs.hasOld]: boolTensor(Uint8Array.of(hasOld ? 1 : 0), [1]),
    [lossInputs.oldLogProbs]: hasOld ? column('oldLogProbs') : float32Tensor(new Float32Array(targets.length), shape),
    ...(head.beta === 0 ? {} : { [lossInputs.refLogProbs]: column('refLogProbs') }),
  }
}
