/** @file Matrix products. They do not know which factor is a weight. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'
import { broadcastShapes } from './elementwise.ts'
import { operand, sumToShape, type GradientRules } from './gradient-rule.ts'
import { transpose } from './layout.ts'

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

/** `y + x @ weight^T`: x [rows, in], weight [out, in], y [rows, out] -> [rows, out], all float32. */
export function linearOnto(graph: GraphBuilder, x: Value, weight: Value, y: Value): Value {
  expectValue(y, 'linearOnto', 'float32', 2)
  expectSameDim(dimAt(x, 1), dimAt(weight, 1), `linearOnto ${weight.name}`)
  expectSameDim(dimAt(y, 1), dimAt(weight, 0), `linearOnto ${weight.name}`)
  return graph.single('Gemm', [x, weight, y], 'float32', y.shape, { attributes: { transB: 1 } })
}

/** Batched product over the last two axes: [..., m, k] @ [..., k, n] -> [..., m, n], float32. */
export function matMul(graph: GraphBuilder, left: Value, right: Value): Value {
  expectValue(left, 'matMul', 'float32')
  expectValue(right, 'matMul', 'float32')
  expectSameDim(dimAt(left, -1), dimAt(right, -2), `matMul ${left.name} ${right.name}`)
  const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2), 'matMul')
  return graph.single('MatMul', [left, right], 'float32', [...batch, dimAt(left, -2), dimAt(right, -1)])
}

function swapLastAxes(graph: GraphBuilder, x: Value): Value {
  const rank = x.shape.length
  return transpose(graph, x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2])
}

export const matrixGradients: GradientRules = {
  // Only `linear` emits Gemm before the reverse pass, so the weight is always [out, in].
  Gemm: ({ graph, operation, gradient, isWanted }) => {
    const [x, weight, bias] = operation.inputs
    if (x === undefined || weight === undefined) throw new Error('internal: a Gemm without its factors')
    return [
      isWanted[0] === true ? graph.single('Gemm', [gradient, weight], 'float32', x.shape) : undefined,
      isWanted[1] === true ? graph.single('Gemm', [gradient, x], 'float32', weight.shape, { attributes: { transA: 1 } }) : undefined,
      bias !== undefined && isWanted[2] === true ? sumToShape(graph, gradient, bias) : undefined,
    ]
  },
  MatMul: ({ graph, operation, gradient, isWanted }) => {
    const [left, right] = [operand(operation.inputs, 0), operand(operation.inputs, 1)]
    return [
      isWanted[0] === true ? sumToShape(graph, matMul(graph, gradient, swapLastAxes(graph, right)), left) : undefined,
      isWanted[1] === true ? sumToShape(graph, matMul(graph, swapLastAxes(graph, left), gradient), right) : undefined,
    ]
  },
}
