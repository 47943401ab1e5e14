/** @file What every training step takes besides its batch, and what it gives. Knows no model. */
import { float32Data, type Tensors } from '../runtime/graph-session.ts'
import type { Dropout } from './dropout-masks.ts'
import type { ParameterSet } from './parameter-set.ts'

export interface StepResult {
  /** Sum over targets of weight * loss. */
  readonly loss: number
  /** [targets] log-probabilities, in the order of the passes and their targets. */
  readonly logProbs: Float32Array
  /** [targets, classes], when asked for. */
  readonly logits?: Float32Array
}

export interface StepOptions {
  /** Where gradients are added. @default none: forward only */
  readonly gradients?: ParameterSet
  /** @default nothing is dropped */
  readonly dropout?: Dropout
  /** @default false */
  readonly wantLogits?: boolean
}

/** Of a loss graph's outputs `loss`, `log_probs` and, where they were fetched, `logits`. */
export function readStepResult(outputs: Tensors): StepResult {
  return {
    loss: float32Data(outputs, 'loss')[0] ?? Number.NaN,
    logProbs: float32Data(outputs, 'log_probs'),
    ...(outputs['logits'] === undefined ? {} : { logits: float32Data(outputs, 'logits') }),
  }
}
