/** @file Operators that normalise along the last axis. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'
import { add, exponential, multiply, subtract } from './elementwise.ts'
import { operand, sumToShape, type GradientRules } from './gradient-rule.ts'

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

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis, the variance biased (docs/REFERENCE.md 1.4). */
export function layerNorm(graph: GraphBuilder, x: Value, weight: Value, bias: Value, epsilon: number): Value {
  expectValue(x, 'layerNorm', 'float32')
  for (const parameter of [weight, bias]) {
    expectValue(parameter, 'layerNorm', 'float32', 1)
    expectSameDim(dimAt(x, -1), dimAt(parameter, 0), `layerNorm ${parameter.name}`)
  }
  return graph.single('LayerNormalization', [x, weight, bias], 'float32', x.shape, { attributes: { axis: -1, epsilon: { float: epsilon } } })
}

/** log(sum(exp(x))) of each row: [rows, width] -> [rows, 1] float32. */
export function logSumExp(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'logSumExp', 'float32', 2)
  return graph.single('ReduceLogSumExp', [x, graph.int64('axes', [1])], 'float32', [dimAt(x, 0), 1], { attributes: { keepdims: 1 } })
}

/** Sum of all elements, a scalar. */
export function sumAll(graph: GraphBuilder, x: Value): Value {
  expectValue(x, 'sumAll', 'float32')
  return graph.single('ReduceSum', [x], 'float32', [], { attributes: { keepdims: 0 } })
}

/** Mean over the last axis, which stays with length 1. */
function lastMean(graph: GraphBuilder, x: Value): Value {
  return graph.single('ReduceMean', [x, graph.int64('axes', [-1])], 'float32', [...x.shape.slice(0, -1), 1], { attributes: { keepdims: 1 } })
}

/** 1 / sqrt(mean(x^2) + epsilon) over the last axis, which stays with length 1. */
function inverseRootMeanSquare(graph: GraphBuilder, x: Value, epsilon: number): Value {
  const meanSquare = lastMean(graph, multiply(graph, x, x))
  const root = graph.single('Sqrt', [add(graph, meanSquare, graph.float32Scalar('epsilon', epsilon))], 'float32', meanSquare.shape)
  return graph.single('Reciprocal', [root], 'float32', root.shape)
}

function epsilonOf(attributes: Readonly<Record<string, unknown>>): number {
  const { epsilon } = attributes
  if (typeof epsilon !== 'object' || epsilon === null || !('float' in epsilon)) throw new Error('internal: a normalisation without its epsilon')
  return Number(epsilon.float)
}

export const normalizationGradients: GradientRules = {
  // y = x r w with r = 1 / rms(x): dx = r (g - n mean(g n)), g = dy w, n = x r.
  RMSNormalization: ({ graph, operation, gradient, isWanted }) => {
    const [x, weight] = [operand(operation.inputs, 0), operand(operation.inputs, 1)]
    const inverse = inverseRootMeanSquare(graph, x, epsilonOf(operation.attributes))
    const normalized = multiply(graph, x, inverse)
    const onNormalized = multiply(graph, gradient, weight)
    const projection = multiply(graph, normalized, lastMean(graph, multiply(graph, onNormalized, normalized)))
    return [
      isWanted[0] === true ? multiply(graph, inverse, subtract(graph, onNormalized, projection)) : undefined,
      isWanted[1] === true ? sumToShape(graph, multiply(graph, gradient, normalized), weight) : undefined,
    ]
  },
  // As above with the mean removed first: dx = r (g - mean(g) - n mean(g n)).
  LayerNormalization: ({ graph, operation, gradient, isWanted }) => {
    const [x, weight, bias] = [0, 1, 2].map((index) => operand(operation.inputs, index)) as [Value, Value, Value]
    const centred = subtract(graph, x, lastMean(graph, x))
    const inverse = inverseRootMeanSquare(graph, centred, epsilonOf(operation.attributes))
    const normalized = multiply(graph, centred, inverse)
    const onNormalized = multiply(graph, gradient, weight)
    const projection = multiply(graph, normalized, lastMean(graph, multiply(graph, onNormalized, normalized)))
    const withoutMean = subtract(graph, onNormalized, lastMean(graph, onNormalized))
    return [
      isWanted[0] === true ? multiply(graph, inverse, subtract(graph, withoutMean, projection)) : undefined,
      isWanted[1] === true ? sumToShape(graph, multiply(graph, gradient, normalized), weight) : undefined,
      isWanted[2] === true ? sumToShape(graph, gradient, bias) : undefined,
    ]
  },
  Softmax: ({ graph, operation, gradient }) => {
    const y = operand(operation.outputs, 0)
    const weighted = multiply(graph, gradient, y)
    const total = graph.single('ReduceSum', [weighted, graph.int64('axes', [-1])], 'float32', [...y.shape.slice(0, -1), 1], { attributes: { keepdims: 1 } })
    return [subtract(graph, weighted, multiply(graph, y, total))]
  },
  ReduceLogSumExp: ({ graph, operation, gradient }) => {
    const [x, y] = [operand(operation.inputs, 0), operand(operation.outputs, 0)]
    return [multiply(graph, gradient, exponential(graph, subtract(graph, x, y))), undefined]
  },
  // Only `sumAll` emits ReduceSum before the reverse pass: one number goes to every element.
  ReduceSum: ({ graph, operation, gradient }) => {
    const x = operand(operation.inputs, 0)
    const lengths = graph.single('Shape', [x], 'int64', [x.shape.length])
    return [graph.single('Expand', [gradient, lengths], 'float32', x.shape)]
  },
}
