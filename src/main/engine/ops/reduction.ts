/** @file Operators that fold the last axis, for results that nothing is trained through: they have no gradient. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { expectValue, type Value } from '../onnx/value.ts'

function foldLast(opType: 'ReduceMax' | 'ReduceSum') {
  return (graph: GraphBuilder, x: Value): Value => {
    expectValue(x, opType, 'float32')
    const shape = [...x.shape.slice(0, -1), 1]
    return graph.single(opType, [x, graph.int64('axes', [-1])], 'float32', shape, { attributes: { keepdims: 1 } })
  }
}

/** Largest element of the last axis, which stays with length 1. */
export const lastMax = foldLast('ReduceMax')
/** Sum over the last axis, which stays with length 1. */
export const lastSum = foldLast('ReduceSum')
