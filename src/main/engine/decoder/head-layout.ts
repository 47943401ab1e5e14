/**
 * @file From tokens behind each other, as weights meet them, to rows of a batch, as attention does, and back. It does not know what attends.
 *
 * A batch is a rectangle of cells [batch, seq]. Training fills it with padding and computes that too; decoding leaves padding out of every
 * product, so that rows of different lengths share a run at the cost of their tokens.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { gatherRows, lengthOf, reshape, runtimeShape, splitAlong, transpose } from '../ops/layout.ts'

export interface AttentionSizes {
  readonly numAttentionHeads: number
  readonly numKeyValueHeads: number
  readonly headDim: number
}

export interface HeadLayout {
  /** Queries, keys or values [tokens, heads * headDim] -> [batch, heads, seq, headDim]. */
  split(x: Value, heads: number): Value
  /** Queries, keys and values beside each other, [tokens, (heads + 2 kvHeads) * headDim] -> one of each, [batch, heads or kvHeads, seq, headDim]. */
  splitJoined(x: Value): Value[]
  /** Queries' results [batch, kvHeads, groups * seq, headDim] -> [tokens, heads * headDim]. */
  join(x: Value): Value
}

/**
 * Every cell is a token, padding included.
 * @param rectangle [batch, seq, ...], for its lengths alone
 */
export function rectangularLayout(graph: GraphBuilder, { numAttentionHeads, numKeyValueHeads, headDim }: AttentionSizes, rectangle: Value): HeadLayout {
  const [batch, seq] = [lengthOf(graph, rectangle, 0), lengthOf(graph, rectangle, 1)]
  const counts = [numAttentionHeads, numKeyValueHeads, numKeyValueHeads]
  const shapeOfHeads = new Map([...counts, numAttentionHeads + 2 * numKeyValueHeads].map((heads) => [heads, runtimeShape(graph, [batch, seq, heads, headDim])]))
  const joinedShape = runtimeShape(graph, [batch, numAttentionHeads, seq, headDim])
  const tokensShape = graph.int64('tokens_shape', [-1, numAttentionHeads * headDim])
  const split = (x: Value, heads: number): Value => {
    const shape = shapeOfHeads.get(heads)
    if (shape === undefined) throw new Error(`internal: no part of attention has ${heads} heads`)
    return transpose(graph, reshape(graph, x, shape, ['batch', 'seq', heads, headDim]), [0, 2, 1, 3])
  }
  return {
    split,
    splitJoined: (x) => splitAlong(graph, split(x, numAttentionHeads + 2 * numKeyValueHeads), 1, counts),
    join: (x) => {
      const heads = reshape(graph, x, joinedShape, ['batch', numAttentionHeads, 'seq', headDim])
      return reshape(graph, transpose(graph, heads, [0, 2, 1, 3]), tokensShape, ['tokens', numAttentionHeads * headDim])
    },
  }
}

/** A graph input [batch, heads, seq] int64: in each cell the row of its token's head, `token * perToken + offset + head`; any row in padding. */
export interface HeadRows {
  readonly name: string
  readonly heads: number
  readonly perToken: number
  readonly offset: number
}

/** The graph input [tokens, heads] int64: each token's heads among the rows of [batch, heads, seq]. */
export const ATTENDED_ROWS = 'attended_rows'

/** Tokens without padding: which cell is whose is said by graph inputs. */
export class FlatLayout implements HeadLayout {
  readonly #graph: GraphBuilder
  readonly #sizes: AttentionSizes
  readonly #inputs = new Map<string, { readonly rows: HeadRows; readonly value: Value }>()
  #attendedRows: Value | undefined

  constructor(graph: GraphBuilder, sizes: AttentionSizes) {
    this.#graph = graph
    this.#sizes = sizes
  }

  /** Inputs that the graph has by now, besides `ATTENDED_ROWS`. */
  get headRows(): readonly HeadRows[] {
    return [...this.#inputs.values()].map(({ rows }) => rows)
  }

  split(x: Value, heads: number): Value {
    return this.#takeHeads(this.#rowsOf(x, heads), { heads, perToken: heads, offset: 0 })
  }

  splitJoined(x: Value): Value[] {
    const { numAttentionHeads, numKeyValueHeads } = this.#sizes
    const perToken = numAttentionHeads + 2 * numKeyValueHeads
    const rows = this.#rowsOf(x, perToken)
    return [
      this.#takeHeads(rows, { heads: numAttentionHeads, perToken, offset: 0 }),
      this.#takeHeads(rows, { heads: numKeyValueHeads, perToken, offset: numAttentionHeads }),
      this.#takeHeads(rows, { heads: numKeyValueHeads, perToken, offset: numAttentionHeads + numKeyValueHeads }),
    ]
  }

  join(x: Value): Value {
    const { numAttentionHeads, headDim } = this.#sizes
    this.#attendedRows ??= this.#graph.input(ATTENDED_ROWS, 'int64', ['tokens', numAttentionHeads])
    const heads = this.#take(this.#rowsOf(x, 'cells'), this.#attendedRows)
    return reshape(this.#graph, heads, this.#graph.int64('tokens_shape', [-1, numAttentionHeads * headDim]), ['tokens', numAttentionHeads * headDim])
  }

  /** [..., headDim] as rows of headDim. */
  #rowsOf(x: Value, perToken: number | string): Value {
    const { headDim } = this.#sizes
    return reshape(this.#graph, x, this.#graph.int64('rows_shape', [-1, headDim]), [`tokens*${perToken}`, headDim])
  }

  #takeHeads(rows: Value, { heads, perToken, offset }: Omit<HeadRows, 'name'>): Value {
    const name = `head_rows.${perToken}.${offset}.${heads}`
    const known = this.#inputs.get(name) ?? { rows: { name, heads, perToken, offset }, value: this.#graph.input(name, 'int64', ['batch', heads, 'seq']) }
    this.#inputs.set(name, known)
    return this.#take(rows, known.value)
  }

  /** Rows [n, width] at indices of any rank -> [...indices, width]. */
  #take(rows: Value, indices: Value): Value {
    return gatherRows(this.#graph, rows, indices)
  }
}
