/** @file The losses as graph functions over log-probabilities of what was said or decided. They do not know which model gave the logits. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, clamp, exponential, minimum, multiply, negate, subtract, where } from '../ops/elementwise.ts'
import { gatherElement } from '../ops/layout.ts'
import { logSumExp, sumAll } from '../ops/normalization.ts'

/** GRPO's constants (docs/REFERENCE.md 6). */
export interface GrpoLossOptions {
  readonly epsilonLow: number
  readonly epsilonHigh: number
  /** Upper bound of the ratio before it is clipped (two-sided clipping). @default none */
  readonly delta?: number | undefined
  /** Weight of the divergence from the reference policy; 0 leaves it out. */
  readonly beta: number
}

export type LossHead = { readonly kind: 'cross-entropy' } | ({ readonly kind: 'grpo' } & GrpoLossOptions)

export interface LossResult {
  /** Sum of weighted losses, a scalar. */
  readonly loss: Value
  /** [rows, 1] */
  readonly logProbs: Value
  /** Values that count as constants in the reverse pass. */
  readonly stopAt: readonly Value[]
}

/** Names of the graph inputs of a loss, all [rows, 1] float32 but `targets` (int64) and `has_old` (bool [1]). */
export const lossInputs = {
  targets: 'targets',
  weights: 'loss_weights',
  advantages: 'advantages',
  oldLogProbs: 'old_log_probs',
  hasOld: 'has_old_log_probs',
  refLogProbs: 'ref_log_probs',
} as const

/**
 * Sum over rows of weight * loss, where the weights hold the reduction: 1 / n for a mean over n rows. Adds the inputs of {@link lossInputs}
 * that the head needs. logits [rows, classes] float32.
 */
export function lossOf(graph: GraphBuilder, head: LossHead, logits: Value): LossResult {
  const rows = logits.shape[0] ?? 'rows'
  const column = (name: string): Value => graph.input(name, 'float32', [rows, 1])
  const targets = graph.input(lossInputs.targets, 'int64', [rows, 1])
  const logProbs = subtract(graph, gatherElement(graph, logits, targets), logSumExp(graph, logits))
  const weights = column(lossInputs.weights)
  if (head.kind === 'cross-entropy') {
    return { loss: sumAll(graph, multiply(graph, negate(graph, logProbs), weights)), logProbs, stopAt: [] }
  }
  const { loss, detached } = grpoTokenLoss(graph, head, logProbs, column)
  return { loss: sumAll(graph, multiply(graph, loss, weights)), logProbs, stopAt: [detached] }
}

/** -min(c1 A, c2 A) + beta (exp(ref - lp) - (ref - lp) - 1), each [rows, 1]. */
function grpoTokenLoss(graph: GraphBuilder, head: GrpoLossOptions, logProbs: Value, column: (name: string) => Value): { loss: Value; detached: Value } {
  const advantages = column(lossInputs.advantages)
  // On-policy the old log-probabilities are the present ones: the ratio is 1, but its gradient is not 0.
  const detached = graph.single('Identity', [logProbs], 'float32', logProbs.shape)
  const old = where(graph, graph.input(lossInputs.hasOld, 'bool', [1]), column(lossInputs.oldLogProbs), detached)
  const ratio = exponential(graph, subtract(graph, logProbs, old))
  const clipped = clamp(graph, ratio, 1 - head.epsilonLow, 1 + head.epsilonHigh)
  const bounded = head.delta === undefined ? ratio : minimum(graph, ratio, graph.float32Scalar('delta', head.delta))
  const loss = negate(graph, minimum(graph, multiply(graph, bounded, advantages), multiply(graph, clipped, advantages)))
  if (head.beta === 0) return { loss, detached }
  const distance = subtract(graph, column(lossInputs.refLogProbs), logProbs)
  const divergence = subtract(graph, subtract(graph, exponential(graph, distance), distance), graph.float32Scalar('one', 1))
  return { loss: add(graph, loss, multiply(graph, divergence, graph.float32Scalar('beta', head.beta))), detached }
}
