/**
 * @file Grouped-query attention over a cache and the new tokens, composed of plain operators. It does not know where
 * the cache lives, nor how the mask came about.
 *
 * The cached and the new keys are scored apart and only the scores are joined: joining the caches would copy them
 * at every token.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, type Value } from '../onnx/value.ts'
import { add, multiply } from '../ops/elementwise.ts'
import { concat, lengthOf, reshape, runtimeShape, slice, transpose } from '../ops/layout.ts'
import { matMul } from '../ops/matrix.ts'
import { softmax } from '../ops/normalization.ts'
import { rectangularLayout, type AttentionSizes, type HeadLayout } from './head-layout.ts'

/** Layout, shape vectors and the mask, shared by all layers. */
export interface AttentionFrame {
  readonly layout: HeadLayout
  /** [batch, numKeyValueHeads, groups * seq, headDim], one key/value head's queries together. */
  readonly groupedShape: Value
  /** [batch, numKeyValueHeads, groups, seq, past + seq] */
  readonly scoresShape: Value
  /** [batch, 1, groups * seq, past + seq] float32, 0 where attended and very negative elsewhere: once for each query of a key/value head. */
  readonly mask: Value
  /** Absent where there is no cache: a whole sequence in training. */
  readonly pastLength: Value | undefined
  readonly totalLength: Value
  readonly zero: Value
  readonly scale: Value
  readonly numAttentionHeads: number
  readonly numKeyValueHeads: number
  readonly headDim: number
}

/**
 * Builds what all layers share.
 * @param rectangle [batch, seq, ...], for its lengths alone
 * @param mask [batch, 1, seq, past + seq] float32
 * @param pastKey any layer's cached keys [batch, numKeyValueHeads, past, headDim]; undefined where there is no cache
 * @param layout how tokens lie in the batch. @default every cell is a token
 */
export function attentionFrame(
  graph: GraphBuilder,
  sizes: AttentionSizes,
  rectangle: Value,
  mask: Value,
  pastKey: Value | undefined,
  layout: HeadLayout = rectangularLayout(graph, sizes, rectangle),
): AttentionFrame {
  const { numAttentionHeads, numKeyValueHeads, headDim } = sizes
  const groups = numAttentionHeads / numKeyValueHeads
  const batch = lengthOf(graph, rectangle, 0)
  const seq = lengthOf(graph, rectangle, 1)
  return {
    layout,
    groupedShape: runtimeShape(graph, [batch, numKeyValueHeads, -1, headDim]),
    scoresShape: runtimeShape(graph, [batch, numKeyValueHeads, groups, seq, -1]),
    // Repeated once here, which spares every layer two changes of shape around its softmax.
    mask: concat(graph, Array.from({ length: groups }, () => mask), 2, 'groups*seq'),
    pastLength: pastKey === undefined ? undefined : lengthOf(graph, pastKey, 2),
    totalLength: lengthOf(graph, mask, 3),
    zero: graph.int64('zero', [0]),
    scale: graph.float32Scalar('attention_scale', 1 / Math.sqrt(headDim)),
    ...sizes,
  }
}

/** Keys and values of one layer: pasts [batch, kvHeads, past, headDim], new ones [batch, kvHeads, seq, headDim]. */
export interface LayerCache {
  readonly past: PastKeyValues | undefined
  readonly newKey: Value
  readonly newValue: Value
}

export interface PastKeyValues {
  readonly pastKey: Value
  readonly pastValue: Value
}

/**
 * softmax(q k^T / sqrt(headDim) + mask) v over cached and new keys.
 * query [batch, heads, seq, headDim] -> [tokens, heads * headDim], all float32.
 * @param onProbabilities is told the softmax [batch, kvHeads, groups, seq, past + seq]; query head h is kvHead h / groups, group h % groups. @default nobody
 */
export function attend(
  graph: GraphBuilder,
  frame: AttentionFrame,
  query: Value,
  { past, newKey, newValue }: LayerCache,
  onProbabilities?: (probabilities: Value) => void,
): Value {
  const { numAttentionHeads, numKeyValueHeads, headDim } = frame
  const groups = numAttentionHeads / numKeyValueHeads
  const grouped = reshape(graph, query, frame.groupedShape, ['batch', numKeyValueHeads, 'groups*seq', headDim])
  // Right before each product, where ONNX Runtime makes the scale a part of it.
  const scoresOf = (key: Value): Value => matMul(graph, multiply(graph, grouped, frame.scale), transpose(graph, key, [0, 1, 3, 2]))
  const newScores = scoresOf(newKey)
  const scores = past === undefined ? newScores : concat(graph, [scoresOf(past.pastKey), newScores], -1, 'past+seq')

  const probabilities = softmax(graph, add(graph, scores, frame.mask))
  onProbabilities?.(reshape(graph, probabilities, frame.scoresShape, ['batch', numKeyValueHeads, groups, 'seq', dimAt(scores, 3)]))

  const mixed = past === undefined ? matMul(graph, probabilities, newValue) : mixWithPast(graph, frame, probabilities, past, newValue)
  return frame.layout.join(mixed)
}

function mixWithPast(graph: GraphBuilder, frame: AttentionFrame, probabilities: Value, past: PastKeyValues, newValue: Value): Value {
  if (frame.pastLength === undefined) throw new Error('internal: a cache without its length')
  const onPast = slice(graph, probabilities, frame.zero, frame.pastLength, 3, 'past')
  const onNew = slice(graph, probabilities, frame.pastLength, frame.totalLength, 3, 'seq')
  return add(graph, matMul(graph, onPast, past.pastValue), matMul(graph, onNew, newValue))
}
