/** @file Operators that normalise along the last axis. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis, in float32 (docs/REFERENCE.md 9). */
export function rmsNorm(graph: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  expectValue(x, 'rmsNorm', 'float32')
  expectValue(weight, 'rmsNorm', 'float32', 1)
  expectSameDim(dimAt(x, -1), dimAt(weight, 0), `rmsNorm ${weight.name}`)
  return graph.single('RMSNormalization', [x, weight], 'float32', x.shape, { attributes: { axis: -1, epsilon: { float: epsilon } } })
}

export function softmax(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'softmax', 'float32')
  return graph.single('Softmax', [x], 'float32', x.shape, { attributes: { axis: -1 } })
}

/** Euclidean norm of each row: [rows, width] -> [rows, 1] float32. */
export function rowNorms(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'rowNorms', 'float32', 2)
  return graph.single('ReduceL2', [x, graph.int64('axes', [1])], 'float32', [dimAt(x, 0), 1], { attributes: { keepdims: 1 } })
}
