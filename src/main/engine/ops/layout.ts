/** @file Operators that move elements without changing them. They do not know what the axes mean. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, formatShape, type Dim, type Shape, type Value } from '../onnx/value.ts'
import { operand, type GradientRules } from './gradient-rule.ts'

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

/** Cuts x along `axis` into parts of these lengths. */
export function splitAlong(graph: GraphBuilder, x: Value, axis: number, lengths: readonly number[]): Value[] {
  expectSameDim(dimAt(x, axis), lengths.reduce((sum, length) => sum + length, 0), `splitAlong ${x.name}`)
  const parts = lengths.map((length) => ({ elementType: x.elementType, shape: x.shape.map((dim, index) => (index === axis ? length : dim)) }))
  return graph.node('Split', [x, graph.int64('lengths', lengths)], parts, { attributes: { axis } })
}

/** Rows of `table` [rows, ...] at `indices` int64 of any rank -> [...indices, ...]. */
export function gatherRows(graph: GraphBuilder, table: Value, indices: Value): Value {
  expectValue(indices, 'gatherRows', 'int64')
  const shape = [...indices.shape, ...table.shape.slice(1)]
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

/** All lengths of x at run time, an int64 vector. */
function shapeOf(graph: GraphBuilder, x: Value): Value {
  return graph.single('Shape', [x], 'int64', [x.shape.length])
}

function zerosLike(graph: GraphBuilder, x: Value): Value {
  return graph.single('ConstantOfShape', [shapeOf(graph, x)], 'float32', x.shape)
}

/** Picks one element a row: x [rows, width], indices [rows, 1] int64 -> [rows, 1]. */
export function gatherElement(graph: GraphBuilder, x: Value, indices: Value): Value {
  expectValue(x, 'gatherElement', 'float32', 2)
  expectValue(indices, 'gatherElement', 'int64', 2)
  expectSameDim(dimAt(x, 0), dimAt(indices, 0), `gatherElement ${x.name}`)
  return graph.single('GatherElements', [x, indices], 'float32', indices.shape, { attributes: { axis: 1 } })
}

export const layoutGradients: GradientRules = {
  Reshape: ({ graph, operation, gradient }) => {
    const x = operand(operation.inputs, 0)
    return [reshape(graph, gradient, shapeOf(graph, x), x.shape), undefined]
  },
  Unsqueeze: ({ graph, operation, gradient }) => {
    const x = operand(operation.inputs, 0)
    return [reshape(graph, gradient, shapeOf(graph, x), x.shape), undefined]
  },
  Transpose: ({ graph, operation, gradient }) => {
    const permutation = operation.attributes['perm']
    if (!Array.isArray(permutation)) throw new Error('internal: a Transpose without its permutation')
    return [transpose(graph, gradient, permutation.map((_, axis) => permutation.indexOf(axis)))]
  },
  Concat: ({ graph, operation, gradient }) => {
    const given = operation.attributes['axis']
    if (typeof given !== 'number') throw new Error('internal: a Concat without its axis')
    const axis = given < 0 ? gradient.shape.length + given : given
    const lengths = runtimeShape(graph, operation.inputs.map((value) => lengthOf(graph, value, axis)))
    const parts = operation.inputs.map(({ shape }) => ({ elementType: 'float32' as const, shape }))
    return graph.node('Split', [gradient, lengths], parts, { attributes: { axis } })
  },
  Slice: ({ graph, operation, gradient }) => {
    const [x, start, end, axes] = [0, 1, 2, 3].map((index) => operand(operation.inputs, index)) as [Value, Value, Value, Value]
    const axis = gradient.shape.findIndex((dim, index) => dim !== x.shape[index])
    if (axis < 0) return [gradient, undefined, undefined, undefined]
    const after = graph.single('Sub', [lengthOf(graph, x, axis), end], 'int64', [1])
    const pads = graph.single('Concat', [start, after], 'int64', [2], { attributes: { axis: 0 } })
    const padded = graph.single('Pad', [gradient, pads, graph.float32Scalar('zero', 0), axes], 'float32', x.shape)
    return [padded, undefined, undefined, undefined]
  },
  // Rows that were taken several times collect all their gradients.
  Gather: ({ graph, operation, gradient }) => {
    const [table, indices] = [operand(operation.inputs, 0), operand(operation.inputs, 1)]
    const operands = [zerosLike(graph, table), unsqueeze(graph, indices, [indices.shape.length]), gradient]
    return [graph.single('ScatterND', operands, 'float32', table.shape, { attributes: { reduction: 'add' } }), undefined]
  },
  GatherElements: ({ graph, operation, gradient }) => {
    const [x, indices] = [operand(operation.inputs, 0), operand(operation.inputs, 1)]
    return [graph.single('ScatterElements', [zerosLike(graph, x), indices, gradient], 'float32', x.shape, { attributes: { axis: 1 } }), undefined]
  },
}
