/**
 * @file Products with, and rows of, a matrix that is held in blocks of small integers (quantization/block-quantization.ts). They are
 * ONNX Runtime's own operators, for frozen weights only: they have no gradient.
 */
import { MICROSOFT_DOMAIN, type GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, formatShape, omitted, type Dim, type Value } from '../onnx/value.ts'
import { gatherRows, reshape, slice } from './layout.ts'
import { linear } from './matrix.ts'

/** A matrix [out, in] whose rows are cut into blocks; the last block of a row is filled up with zeros. */
export interface QuantizedMatrix {
  readonly bits: 8 | 4
  readonly outSize: number
  readonly inSize: number
  readonly blockLength: number
  /** [out, blocks, blockLength * bits / 8] uint8; of two 4-bit numbers the first lies in the low half. */
  readonly values: Value
  /** [out, blocks] float32, or [out, blocks, 1] where rows are gathered: a weight is scale * (number - 2^(bits - 1)). */
  readonly scales: Value
}

/** A matrix [out, in] that a linear module multiplies by: float32, or in blocks. */
export type LinearWeight = Value | QuantizedMatrix

export function isQuantized(weight: LinearWeight): weight is QuantizedMatrix {
  return 'bits' in weight
}

/** [out, in]. */
export function linearShape(weight: LinearWeight): [Dim, Dim] {
  return isQuantized(weight) ? [weight.outSize, weight.inSize] : [dimAt(weight, 0), dimAt(weight, 1)]
}

/** Rows of the weight at `indices` [n] int64 -> [n, in] float32. */
export function linearRows(graph: GraphBuilder, weight: LinearWeight, indices: Value): Value {
  return isQuantized(weight) ? quantizedRows(graph, weight, indices) : gatherRows(graph, weight, indices)
}

/** `x @ weight^T + bias`: x [rows, in], bias [out] -> [rows, out], all float32. */
export function linearProduct(graph: GraphBuilder, x: Value, weight: LinearWeight, bias?: Value): Value {
  return isQuantized(weight) ? quantizedLinear(graph, x, weight, bias) : linear(graph, x, weight, bias)
}

/**
 * How exactly ONNX Runtime multiplies: at 4 it also rounds the activations to 8 bits, a scale for each block, and counts in integers.
 * Measured to be the fastest by far on the CPU (docs/decisions/0012-quantised-weights.md).
 */
const ACCURACY_LEVEL = 4

function quantizedLinear(graph: GraphBuilder, x: Value, matrix: QuantizedMatrix, bias?: Value): Value {
  expectValue(x, 'quantizedLinear', 'float32', 2)
  expectSameDim(dimAt(x, 1), matrix.inSize, `quantizedLinear ${matrix.values.name}`)
  expectBlocks(matrix)
  if (bias !== undefined) expectSameDim(dimAt(bias, 0), matrix.outSize, `quantizedLinear ${bias.name}`)
  const { bits, outSize, inSize, blockLength, values, scales } = matrix
  // Left out are zero points, which then are 2^(bits - 1), and an order of columns.
  const inputs = bias === undefined ? [x, values, scales] : [x, values, scales, omitted, omitted, bias]
  const attributes = { K: inSize, N: outSize, bits, block_size: blockLength, accuracy_level: ACCURACY_LEVEL }
  return graph.single('MatMulNBits', inputs, 'float32', [dimAt(x, 0), outSize], { attributes, domain: MICROSOFT_DOMAIN })
}

/**
 * Rows of the matrix at `indices` [n] int64 -> [n, in] float32, exact. They are gathered as [n, blocks, block], so that a product can read the
 * same bytes whatever the width of a row; scales that were not declared for that are copied when the session is created.
 */
export function quantizedRows(graph: GraphBuilder, matrix: QuantizedMatrix, indices: Value): Value {
  expectValue(indices, 'quantizedRows', 'int64', 1)
  expectBlocks(matrix)
  const { bits, inSize, blockLength, values, scales } = matrix
  const blocks = Math.ceil(inSize / blockLength)
  const rows = dimAt(indices, 0)
  const blockScales = scales.shape.length === 3 ? scales : reshape(graph, scales, graph.int64('block_scales', [0, 0, 1]), [...scales.shape, 1])
  const attributes = { bits, block_size: blockLength, gather_axis: 0, quantize_axis: 2 }
  const gathered = graph.single('GatherBlockQuantized', [values, indices, blockScales], 'float32', [rows, blocks, blockLength], { attributes, domain: MICROSOFT_DOMAIN })
  const padded = reshape(graph, gathered, graph.int64('rows', [-1, blocks * blockLength]), [rows, blocks * blockLength])
  if (inSize === blocks * blockLength) return padded
  return slice(graph, padded, graph.int64('start', [0]), graph.int64('end', [inSize]), 1, inSize)
}

function expectBlocks({ bits, outSize, inSize, blockLength, values, scales }: QuantizedMatrix): void {
  const blocks = Math.ceil(inSize / blockLength)
  const scaleShape = scales.shape.length === 3 ? [outSize, blocks, 1] : [outSize, blocks]
  const expected = [formatShape([outSize, blocks, (blockLength * bits) / 8]), formatShape(scaleShape)]
  const found = [formatShape(values.shape), formatShape(scales.shape)]
  if (expected.join() !== found.join()) throw new Error(`internal: ${values.name} should have shapes ${expected.join(' and ')}, has ${found.join(' and ')}`)
}
