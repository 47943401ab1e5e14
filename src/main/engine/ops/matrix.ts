/** @file Matrix products. They do not know which factor is a weight. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'
import { broadcastShapes } from './elementwise.ts'

/**
 * `x @ weight^T + bias` with the weight as PyTorch stores it, so that it can stay in its file.
 * x [rows, in], weight [out, in], bias [out] -> [rows, out], all float32.
 */
export function linear(graph: GraphBuilder, x: Value, weight: Value, bias?: Value): Value {
  expectValue(x, 'linear', 'float32', 2)
  expectValue(weight, 'linear', 'float32', 2)
  expectSameDim(dimAt(x, 1), dimAt(weight, 1), `linear ${weight.name}`)
  if (bias !== undefined) {
    expectValue(bias, 'linear', 'float32', 1)
    expectSameDim(dimAt(bias, 0), dimAt(weight, 0), `linear ${bias.name}`)
  }
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias]
  return graph.single('Gemm', inputs, 'float32', [dimAt(x, 0), dimAt(weight, 0)], { attributes: { transB: 1 } })
}

/** Batched product over the last two axes: [..., m, k] @ [..., k, n] -> [..., m, n], float32. */
export function matMul(graph: GraphBuilder, left: Value, right: Value): Value {
  expectValue(left, 'matMul', 'float32')
  expectValue(right, 'matMul', 'float32')
  expectSameDim(dimAt(left, -1), dimAt(right, -2), `matMul ${left.name} ${right.name}`)
  const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2), 'matMul')
  return graph.single('MatMul', [left, right], 'float32', [...batch, dimAt(left, -2), dimAt(right, -1)])
}
