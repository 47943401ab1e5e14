/** @file Operators that work on each element, with broadcasting. They do not know what the numbers mean. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { expectValue, formatShape, type Dim, type Shape, type Value } from '../onnx/value.ts'

/** NumPy's broadcasting rule on shapes; a dynamic length broadcasts only against itself and 1. */
export function broadcastShapes(left: Shape, right: Shape, where: string): Dim[] {
  const rank = Math.max(left.length, right.length)
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1
    const b = right[axis - rank + right.length] ?? 1
    if (a === b || b === 1) return a
    if (a === 1) return b
    throw new Error(`internal: ${where}: ${formatShape(left)} and ${formatShape(right)} do not broadcast`)
  })
}

function binary(opType: 'Add' | 'Mul') {
  return (graph: GraphBuilder, left: Value, right: Value): Value => {
    expectValue(left, opType, 'float32')
    expectValue(right, opType, 'float32')
    return graph.single(opType, [left, right], 'float32', broadcastShapes(left.shape, right.shape, opType))
  }
}

export const add = binary('Add')
export const multiply = binary('Mul')

/** x * sigmoid(x), the gate of SwiGLU. */
export function silu(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'silu', 'float32')
  return multiply(graph, x, graph.single('Sigmoid', [x], 'float32', x.shape))
}

/** `condition ? left : right`, broadcasting. */
export function where(graph: GraphBuilder, condition: Value, left: Value, right: Value): Value {
  expectValue(condition, 'where', 'bool')
  expectValue(right, 'where', left.elementType)
  const shape = broadcastShapes(condition.shape, broadcastShapes(left.shape, right.shape, 'where'), 'where')
  return graph.single('Where', [condition, left, right], left.elementType, shape)
}

/** Stored half-precision weights as float32; ONNX Runtime folds the cast of an initializer when it creates the session. */
export function toFloat32(graph: GraphBuilder, x: Value): Value {
  return x.elementType === 'float32' ? x : graph.single('Cast', [x], 'float32', x.shape, { attributes: { to: 1 } })
}

/** `x >= 0` for int64. */
export function isNonNegative(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'isNonNegative', 'int64')
  return graph.single('GreaterOrEqual', [x, graph.int64('zero', [0], [])], 'bool', x.shape)
}
