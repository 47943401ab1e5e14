/** @file Operators that move elements without changing them. They do not know what the axes mean. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, formatShape, type Dim, type Shape, type Value } from '../onnx/value.ts'

/**
 * New shape for the same elements. `target` is an int64 vector computed in the graph (see `runtimeShape`), since
 * several lengths are known only at run time; `shape` is what the result is then called.
 */
export function reshape(graph: GraphBuilder, x: Value, target: Value, shape: Shape): Value {
  expectValue(target, 'reshape', 'int64', 1)
  return graph.single('Reshape', [x, target], x.elementType, shape)
}

/** Permutes axes. */
export function transpose(graph: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  if (permutation.length !== x.shape.length || new Set(permutation).size !== permutation.length) {
    throw new Error(`internal: transpose: ${formatShape(x.shape)} cannot be permuted by [${permutation.join(', ')}]`)
  }
  const shape = permutation.map((axis) => dimAt(x, axis))
  return graph.single('Transpose', [x], x.elementType, shape, { attributes: { perm: permutation } })
}

/** Joins along `axis`; the joined length is called `length`. */
export function concat(graph: GraphBuilder, values: readonly Value[], axis: number, length: Dim): Value {
  const [first] = values
  if (first === undefined) throw new Error('internal: concat of nothing')
  const position = axis < 0 ? first.shape.length + axis : axis
  for (const value of values) {
    expectValue(value, 'concat', first.elementType, first.shape.length)
    for (const [index, dim] of value.shape.entries()) if (index !== position) expectSameDim(dim, dimAt(first, index), 'concat')
  }
  const shape = first.shape.map((dim, index) => (index === position ? length : dim))
  return graph.single('Concat', values, first.elementType, shape, { attributes: { axis } })
}

/** Elements `start` to `end` (int64 vectors of one element) along `axis`; the result's length is called `length`. */
export function slice(graph: GraphBuilder, x: Value, start: Value, end: Value, axis: number, length: Dim): Value {
  dimAt(x, axis) // refuses an axis that x does not have
  const shape = x.shape.map((dim, index) => (index === axis ? length : dim))
  return graph.single('Slice', [x, start, end, graph.int64('axes', [axis])], x.elementType, shape)
}

/** Rows of `table` [rows, width] at `indices` [n] int64 -> [n, width]. */
export function gatherRows(graph: GraphBuilder, table: Value, indices: Value): Value {
  expectValue(indices, 'gatherRows', 'int64', 1)
  const shape = [dimAt(indices, 0), ...table.shape.slice(1)]
  return graph.single('Gather', [table, indices], table.elementType, shape, { attributes: { axis: 0 } })
}

/** Adds an axis of length 1 at each place of `axes`, which count in the result. */
export function unsqueeze(graph: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const shape = [...x.shape]
  for (const axis of [...axes].sort((a, b) => a - b)) {
    if (axis < 0 || axis > shape.length) throw new Error(`internal: unsqueeze: ${formatShape(x.shape)} takes no axis at ${axis}`)
    shape.splice(axis, 0, 1)
  }
  return graph.single('Unsqueeze', [x, graph.int64('axes', axes)], x.elementType, shape)
}

/** The run-time length of one axis as an int64 vector of one element. */
export function lengthOf(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single('Shape', [x], 'int64', [1], { attributes: { start: axis, end: axis + 1 } })
}

/** A shape vector for `reshape` from known lengths (-1 for "the rest") and run-time ones. */
export function runtimeShape(graph: GraphBuilder, parts: readonly (number | Value)[]): Value {
  const pieces = parts.map((part) => (typeof part === 'number' ? graph.int64('length', [part]) : part))
  return graph.single('Concat', pieces, 'int64', [parts.length], { attributes: { axis: 0 } })
}
