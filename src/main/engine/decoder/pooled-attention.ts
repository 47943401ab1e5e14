/**
 * @file Grouped-query attention over a pool of slots that all rows share, on a device that keeps the pool (docs/decisions/0013): new keys
 * and values are written into their slots first, then every query is scored against the whole pool, and the mask says whose slots
 * it sees. It does not know which slot belongs to whom.
 *
 * Where the caller gives the pool's own buffers for the results, ONNX Runtime writes in place and nothing of the pool is copied.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, clamp, multiply } from '../ops/elementwise.ts'
import { gatherAlong, scatterElements, scatterRows } from '../ops/indexing.ts'
import { lengthOf, reshape, runtimeShape, transpose } from '../ops/layout.ts'
import { matMul } from '../ops/matrix.ts'
import { softmax } from '../ops/normalization.ts'
import type { AttentionFrame } from './attention.ts'
import type { AttentionSizes } from './head-layout.ts'

/** Far beyond any key or value of a working model. A row whose numbers are NaN or infinite must not reach the others' sums, where even a weight of 0 would. */
const LARGEST_STORED = 1e6

/** Names of the inputs that say where new keys and values go. */
export const slotInputNames = { keys: 'key_slots', values: 'value_slots' } as const

/** One layer's slots: keys transposed, so that scoring needs no copy of them. */
export interface PoolLayer {
  /** [kvHeads, headDim, slots] float32 */
  readonly keys: Value
  /** [kvHeads, slots, headDim] float32 */
  readonly values: Value
}

/** Where new tokens go. */
export interface TokenSlots {
  /** [kvHeads, headDim, tokens] int64, the slot of each token. */
  readonly keySlots: Value
  /** [kvHeads, tokens, 2] int64, head and slot. */
  readonly valueSlots: Value
}

/** What all layers share. */
export interface PoolFrame extends TokenSlots {
  /** [batch, 1, seq, slots] float32, additive. */
  readonly mask: Value
  readonly tokensShape: Value
  readonly transposedShape: Value
  /** [kvHeads, batch, groups, seq, slots] */
  readonly scoresShape: Value
  /** [kvHeads, batch * groups * seq, slots] */
  readonly flatScoresShape: Value
  /** [kvHeads, batch, groups, seq, headDim] */
  readonly mixedShape: Value
}

/**
 * Adds the inputs that say where new keys and values go.
 * @param rectangle [batch, seq, ...], for its lengths alone
 * @param mask [batch, 1, seq, slots] float32
 */
export function poolFrame(graph: GraphBuilder, { numAttentionHeads, numKeyValueHeads, headDim }: AttentionSizes, rectangle: Value, mask: Value): PoolFrame {
  const groups = numAttentionHeads / numKeyValueHeads
  const perQuery = [numKeyValueHeads, lengthOf(graph, rectangle, 0), groups, lengthOf(graph, rectangle, 1)]
  return {
    ...slotInputs(graph, { numKeyValueHeads, headDim }),
    mask,
    tokensShape: graph.int64('tokens_shape', [numKeyValueHeads, -1, headDim]),
    transposedShape: graph.int64('transposed_shape', [numKeyValueHeads, headDim, -1]),
    scoresShape: runtimeShape(graph, [...perQuery, -1]),
    flatScoresShape: runtimeShape(graph, [numKeyValueHeads, -1, lengthOf(graph, mask, 3)]),
    mixedShape: runtimeShape(graph, [...perQuery, headDim]),
  }
}

export function slotInputs(graph: GraphBuilder, { numKeyValueHeads, headDim }: Omit<AttentionSizes, 'numAttentionHeads'>): TokenSlots {
  return {
    keySlots: graph.input(slotInputNames.keys, 'int64', [numKeyValueHeads, headDim, 'tokens']),
    valueSlots: graph.input(slotInputNames.values, 'int64', [numKeyValueHeads, 'tokens', 2]),
  }
}

/** query [batch, heads, seq, headDim], keys and values [batch, kvHeads, seq, headDim], all float32. */
export interface NewTokens {
  readonly query: Value
  readonly newKey: Value
  readonly newValue: Value
}

/** Writes the new tokens into the layer's slots and attends over them: [tokens, heads * headDim] float32, and the layer as it is then. */
export function attendPool(
  graph: GraphBuilder,
  frame: AttentionFrame,
  pool: PoolFrame,
  layer: PoolLayer,
  { query, newKey, newValue }: NewTokens,
): { attended: Value; written: PoolLayer } {
  const { numAttentionHeads, numKeyValueHeads, headDim } = frame
  const groups = numAttentionHeads / numKeyValueHeads
  const storable = (x: Value): Value => clamp(graph, x, -LARGEST_STORED, LARGEST_STORED)
  const columns = reshape(graph, transpose(graph, newKey, [1, 3, 0, 2]), pool.transposedShape, [numKeyValueHeads, headDim, 'tokens'])
  const rows = reshape(graph, transpose(graph, newValue, [1, 0, 2, 3]), pool.tokensShape, [numKeyValueHeads, 'tokens', headDim])
  const { keys, values } = writeSlots(graph, pool, layer, { keys: storable(columns), values: storable(rows) })

  const scaled = multiply(graph, query, frame.scale)
  const grouped = reshape(graph, scaled, frame.groupedShape, ['batch', numKeyValueHeads, 'groups*seq', headDim])
  const queries = reshape(graph, transpose(graph, grouped, [1, 0, 2, 3]), pool.tokensShape, [numKeyValueHeads, 'batch*groups*seq', headDim])
  const scores = reshape(graph, matMul(graph, queries, keys), pool.scoresShape, [numKeyValueHeads, 'batch', groups, 'seq', 'slots'])
  const probabilities = softmax(graph, add(graph, scores, pool.mask))
  const flat = reshape(graph, probabilities, pool.flatScoresShape, [numKeyValueHeads, 'batch*groups*seq', 'slots'])
  const mixed = reshape(graph, matMul(graph, flat, values), pool.mixedShape, [numKeyValueHeads, 'batch', groups, 'seq', headDim])
  return { attended: frame.layout.join(transpose(graph, mixed, [1, 0, 2, 3, 4])), written: { keys, values } }
}

/** The layer with new keys [kvHeads, headDim, tokens] and values [kvHeads, tokens, headDim] in their slots. */
export function writeSlots(graph: GraphBuilder, { keySlots, valueSlots }: TokenSlots, layer: PoolLayer, tokens: PoolLayer): PoolLayer {
  return { keys: scatterElements(graph, layer.keys, keySlots, tokens.keys, 2), values: scatterRows(graph, layer.values, valueSlots, tokens.values) }
}

/** The layer's slots at `places` [n] int64, in their order and as often as they are named. */
export function gatherSlots(graph: GraphBuilder, { keys, values }: PoolLayer, places: Value): PoolLayer {
  return { keys: gatherAlong(graph, keys, places, 2), values: gatherAlong(graph, values, places, 1) }
}
