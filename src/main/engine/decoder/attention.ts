/**
 * @file Grouped-query attention over a cache and the new tokens, composed of plain operators. It does not know where
 * the cache lives, nor how the mask came about.
 *
 * The cached and the new keys are scored apart and only the scores are joined: joining the caches would copy them
 * at every token.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, multiply } from '../ops/elementwise.ts'
import { concat, lengthOf, reshape, runtimeShape, slice, transpose, unsqueeze } from '../ops/layout.ts'
import { matMul } from '../ops/matrix.ts'
import { softmax } from '../ops/normalization.ts'

/** Shape vectors and the mask, shared by all layers. */
export interface AttentionFrame {
  /** [batch, seq, numAttentionHeads, headDim] */
  readonly queryShape: Value
  /** [batch, seq, numKeyValueHeads, headDim] */
  readonly keyValueShape: Value
  /** [batch, numKeyValueHeads, groups * seq, headDim], one key/value head's queries together. */
  readonly groupedShape: Value
  /** [batch, numKeyValueHeads, groups, seq, past + seq] */
  readonly scoresShape: Value
  /** [batch, numKeyValueHeads, groups * seq, past + seq] */
  readonly flatScoresShape: Value
  /** [batch, numAttentionHeads, seq, headDim] */
  readonly headsShape: Value
  /** [tokens, numAttentionHeads * headDim] */
  readonly outputShape: Value
  /** [batch, 1, 1, seq, past + seq] float32, 0 where attended and very negative elsewhere. */
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

export interface AttentionSizes {
  readonly numAttentionHeads: number
  readonly numKeyValueHeads: number
  readonly headDim: number
}

/**
 * Builds what all layers share.
 * @param ids [batch, seq] int64, for its lengths alone
 * @param mask [batch, 1, seq, past + seq] float32
 * @param pastKey any layer's cached keys [batch, numKeyValueHeads, past, headDim]; undefined where there is no cache
 */
export function attentionFrame(graph: GraphBuilder, sizes: AttentionSizes, ids: Value, mask: Value, pastKey: Value | undefined): AttentionFrame {
  const { numAttentionHeads, numKeyValueHeads, headDim } = sizes
  const groups = numAttentionHeads / numKeyValueHeads
  const batch = lengthOf(graph, ids, 0)
  const seq = lengthOf(graph, ids, 1)
  const shape = (...parts: (number | Value)[]): Value => runtimeShape(graph, parts)
  return {
    queryShape: shape(batch, seq, numAttentionHeads, headDim),
    keyValueShape: shape(batch, seq, numKeyValueHeads, headDim),
    groupedShape: shape(batch, numKeyValueHeads, -1, headDim),
    scoresShape: shape(batch, numKeyValueHeads, groups, seq, -1),
    // The last length is computed, since a shape may hold one -1 only and the grouped axis needs it.
    flatScoresShape: shape(batch, numKeyValueHeads, -1, lengthOf(graph, mask, 3)),
    headsShape: shape(batch, numAttentionHeads, seq, headDim),
    outputShape: shape(-1, numAttentionHeads * headDim),
    mask: unsqueeze(graph, mask, [2]),
    pastLength: pastKey === undefined ? undefined : lengthOf(graph, pastKey, 2),
    totalLength: lengthOf(graph, mask, 3),
    zero: graph.int64('zero', [0]),
    scale: graph.float32Scalar('attention_scale', 1 / Math.sqrt(headDim)),
    ...sizes,
  }
}

/** [tokens, heads * headDim] -> [batch, heads, seq, headDim]. */
export function splitHeads(graph: GraphBuilder, frame: AttentionFrame, x: Value, heads: number): Value {
  const isQuery = heads === frame.numAttentionHeads
  const split = reshape(graph, x, isQuery ? frame.queryShape : frame.keyValueShape, ['batch', 'seq', heads, frame.headDim])
  return transpose(graph, split, [0, 2, 1, 3])
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
  const scaled = multiply(graph, query, frame.scale)
  const grouped = reshape(graph, scaled, frame.groupedShape, ['batch', numKeyValueHeads, 'groups*seq', headDim])
  const newScores = matMul(graph, grouped, transpose(graph, newKey, [0, 1, 3, 2]))
  const pastScores = past && matMul(graph, grouped, transpose(graph, past.pastKey, [0, 1, 3, 2]))
  const scores = pastScores === undefined ? newScores : concat(graph, [pastScores, newScores], -1, 'past+seq')

  const length = past === undefined ? 'seq' : 'past+seq'
  const perQuery = reshape(graph, scores, frame.scoresShape, ['batch', numKeyValueHeads, groups, 'seq', length])
  const probabilities = softmax(graph, add(graph, perQuery, frame.mask))
  onProbabilities?.(probabilities)
  const flat = reshape(graph, probabilities, frame.flatScoresShape, ['batch', numKeyValueHeads, 'groups*seq', length])

  const mixed = past === undefined ? matMul(graph, flat, newValue) : mixWithPast(graph, frame, flat, past, newValue)
  const heads = reshape(graph, mixed, frame.headsShape, ['batch', numAttentionHeads, 'seq', headDim])
  const bySequence = transpose(graph, heads, [0, 2, 1, 3])
  return reshape(graph, bySequence, frame.outputShape, ['tokens', numAttentionHeads * headDim])
}

function mixWithPast(graph: GraphBuilder, frame: AttentionFrame, probabilities: Value, past: PastKeyValues, newValue: Value): Value {
  if (frame.pastLength === undefined) throw new Error('internal: a cache without its length')
  const onPast = slice(graph, probabilities, frame.zero, frame.pastLength, 3, 'past')
  const onNew = slice(graph, probabilities, frame.pastLength, frame.totalLength, 3, 'seq')
  return add(graph, matMul(graph, onPast, past.pastValue), matMul(graph, onNew, newValue))
}
