/** @file What a gradient rule is. Each family of operators keeps its rules beside its operators; `autodiff/` applies them. */
import type { GraphBuilder, Operation } from '../onnx/graph-builder.ts'
import { formatShape, type Value } from '../onnx/value.ts'

/**
 * Emits the vector-Jacobian product of one operation: from the gradient of its first result to those of its inputs,
 * each of its input's shape. An input for which `isWanted` is false may be left undefined: most weights are frozen, and their
 * products would cost a third of the work.
 */
export type GradientRule = (context: GradientContext) => (Value | undefined)[]

export interface GradientContext {
  readonly graph: GraphBuilder
  readonly operation: Operation
  /** Like the operation's first result. */
  readonly gradient: Value
  /** One entry for each input. */
  readonly isWanted: readonly boolean[]
}

/** Rules by ONNX operator name. */
export type GradientRules = Readonly<Record<string, GradientRule>>

/** The i-th input or result of an operation, which the operator's signature promises. */
export function operand(values: readonly Value[], index: number): Value {
  const value = values[index]
  if (value === undefined) throw new Error(`internal: an operation lacks its operand ${index}`)
  return value
}

/** Sums a gradient over the axes along which its target was broadcast. */
export function sumToShape(graph: GraphBuilder, gradient: Value, target: Value): Value {
  const added = gradient.shape.length - target.shape.length
  if (added < 0) throw new Error(`internal: a gradient ${formatShape(gradient.shape)} for ${target.name} ${formatShape(target.shape)}`)
  const leading = Array.from({ length: added }, (_, axis) => axis)
  const aligned = added === 0 ? gradient : sumOver(graph, gradient, leading, false)
  const stretched = [...target.shape.keys()].filter((axis) => target.shape[axis] === 1 && aligned.shape[axis] !== 1)
  return stretched.length === 0 ? aligned : sumOver(graph, aligned, stretched, true)
}

function sumOver(graph: GraphBuilder, x: Value, axes: readonly number[], keepsAxes: boolean): Value {
  const shape = x.shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepsAxes ? [1] : []) : [dim]))
  return graph.single('ReduceSum', [x, graph.int64('axes', axes)], 'float32', shape, { attributes: { keepdims: keepsAxes ? 1 : 0 } })
}
