/** @file Operators that work on each element, with broadcasting. They do not know what the numbers mean. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { expectValue, formatShape, type Dim, type Shape, type Value } from '../onnx/value.ts'
import { operand, sumToShape, type GradientContext, type GradientRules } from './gradient-rule.ts'

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

function binary(opType: 'Add' | 'Sub' | 'Mul' | 'Min') {
  return (graph: GraphBuilder, left: Value, right: Value): Value => {
    expectValue(left, opType, 'float32')
    expectValue(right, opType, 'float32')
    return graph.single(opType, [left, right], 'float32', broadcastShapes(left.shape, right.shape, opType))
  }
}

export const add = binary('Add')
export const subtract = binary('Sub')
export const multiply = binary('Mul')
export const minimum = binary('Min')

function unary(opType: 'Exp' | 'Neg' | 'Sigmoid') {
  return (graph: GraphBuilder, x: Value): Value => {
    expectValue(x, opType, 'float32')
    return graph.single(opType, [x], 'float32', x.shape)
  }
}

export const exponential = unary('Exp')
export const negate = unary('Neg')
export const sigmoid = unary('Sigmoid')

/** x held between two numbers. */
export function clamp(graph: GraphBuilder, x: Value, low: number, high: number): Value {
  expectValue(x, 'clamp', 'float32')
  return graph.single('Clip', [x, graph.float32Scalar('low', low), graph.float32Scalar('high', high)], 'float32', x.shape)
}

/** x * sigmoid(x), the gate of SwiGLU. */
export function silu(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'silu', 'float32')
  return multiply(graph, x, sigmoid(graph, x))
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

function compare(graph: GraphBuilder, opType: 'LessOrEqual' | 'GreaterOrEqual' | 'Equal', left: Value, right: Value): Value {
  return graph.single(opType, [left, right], 'bool', broadcastShapes(left.shape, right.shape, opType))
}

/** The gradient where the condition holds (or does not), 0 elsewhere. */
function gated(graph: GraphBuilder, condition: Value, gradient: Value, keepsTrue = true): Value {
  const zero = graph.float32Scalar('zero', 0)
  return keepsTrue ? where(graph, condition, gradient, zero) : where(graph, condition, zero, gradient)
}

/** Both sides' gradients, summed to their shapes; a side that is not wanted is not even built. */
function both({ graph, operation, isWanted }: GradientContext, left: () => Value, right: () => Value): (Value | undefined)[] {
  return [left, right].map((build, side) => (isWanted[side] === true ? sumToShape(graph, build(), operand(operation.inputs, side)) : undefined))
}

export const elementwiseGradients: GradientRules = {
  Add: (context) => both(context, () => context.gradient, () => context.gradient),
  Sub: (context) => both(context, () => context.gradient, () => negate(context.graph, context.gradient)),
  Mul: (context) => {
    const { graph, operation, gradient } = context
    const [left, right] = [operand(operation.inputs, 0), operand(operation.inputs, 1)]
    return both(context, () => multiply(graph, gradient, right), () => multiply(graph, gradient, left))
  },
  // A tie goes to the left. torch gives each side half, which is the same wherever ties have equal gradients, as PPO's clipping has.
  Min: (context) => {
    const { graph, operation, gradient } = context
    const isLeft = compare(graph, 'LessOrEqual', operand(operation.inputs, 0), operand(operation.inputs, 1))
    return both(context, () => gated(graph, isLeft, gradient), () => gated(graph, isLeft, gradient, false))
  },
  Exp: ({ graph, operation, gradient }) => [multiply(graph, gradient, operand(operation.outputs, 0))],
  Neg: ({ graph, gradient }) => [negate(graph, gradient)],
  Sigmoid: ({ graph, operation, gradient }) => {
    const y = operand(operation.outputs, 0)
    return [multiply(graph, multiply(graph, gradient, y), subtract(graph, graph.float32Scalar('one', 1), y))]
  },
  // Nothing was held back exactly where the result equals the input, the bounds included, as in torch.
  Clip: ({ graph, operation, gradient }) => {
    const isInside = compare(graph, 'Equal', operand(operation.inputs, 0), operand(operation.outputs, 0))
    return [gated(graph, isInside, gradient), undefined, undefined]
  },
  Where: ({ graph, operation, gradient, isWanted }) => {
    const condition = operand(operation.inputs, 0)
    return [
      undefined,
      isWanted[1] === true ? sumToShape(graph, gated(graph, condition, gradient), operand(operation.inputs, 1)) : undefined,
      isWanted[2] === true ? sumToShape(graph, gated(graph, condition, gradient, false), operand(operation.inputs, 2)) : undefined,
    ]
  },
  Identity: ({ gradient }) => [gradient],
}
