/** @file Products with quantised matrices, and their rows, against the same numbers multiplied out in JavaScript. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dequantizedMatrix } from '../../../../test/support/dequantized-matrix.ts'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { readBaseModel } from '../checkpoint/index.ts'
import { EMBEDDINGS } from '../decoder/decoder-graph.ts'
import { joinedWeight, linearWeight, tableRows, type WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { quantizedWeights, type QuantizedWeights } from '../quantization/quantized-weights.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor } from '../runtime/graph-session.ts'
import { linearProduct } from './quantized-matrix.ts'

/** Of the products' root mean square. Activations are rounded to 8 bits a block; with few and random terms that shows most. */
const ROUNDED_ACTIVATIONS = 0.03
/** Float32 sums in another order. */
const EXACT = 1e-6
const ROWS = 3

const base = readBaseModel(goldenLocation('llama').reasonerDir)
const { hiddenSize } = base.config

describe.each(['q8', 'q4'] as const)('%s', (precision) => {
  const bits = precision === 'q8' ? 8 : 4
  let weights: QuantizedWeights
  let locations: WeightLocations
  beforeAll(async () => {
    weights = await quantizedWeights({ config: base.config, locations: base.weights.tensors }, precision, null)
    locations = weights.locations
  })
  afterAll(() => weights.release())

  async function product(name: string, x: Float32Array, options: { prepack: boolean; bias?: Float32Array }): Promise<Float32Array> {
    const graph = new GraphBuilder('product')
    const weight = linearWeight(graph, locations, name)
    const bias = options.bias && graph.float32('bias', [options.bias.length], options.bias)
    graph.output('y', linearProduct(graph, graph.input('x', 'float32', ['rows', x.length / ROWS]), weight, bias))
    const session = await GraphSession.create(graph.encode(), { threads: 1, prepack: options.prepack })
    const y = float32Data(await session.run({ x: float32Tensor(x, [ROWS, x.length / ROWS]) }, ['y']), 'y')
    await session.release()
    return y
  }

  test.each([
    ['packed, with rounded activations', true, ROUNDED_ACTIVATIONS],
    ['unpacked, exactly', false, EXACT],
  ])('a product is that of the rounded weights, bias added: %s', async (_, prepack, tolerance) => {
    const name = 'model.layers.2.mlp.down_proj.weight'
    const matrix = dequantizedMatrix(locations, name, bits)
    const inSize = matrix[0]?.length ?? 0
    // Not a multiple of the block length: the last block of each row is filled up.
    expect(inSize % 32).not.toBe(0)
    const x = Float32Array.from({ length: ROWS * inSize }, (__, index) => Math.sin(index * 1.7))
    const bias = Float32Array.from(matrix, (__, row) => Math.cos(row))
    const expected = Array.from({ length: ROWS }, (__, row) =>
      matrix.map((weightsOfOne, out) => weightsOfOne.reduce((sum, value, column) => sum + value * (x[row * inSize + column] ?? NaN), bias[out] ?? NaN)),
    ).flat()
    expect(relativeError(await product(name, x, { prepack, bias }), expected)).toBeLessThan(tolerance)
  })

  test('rows of the embedding table are those of the rounded weights', async () => {
    const graph = new GraphBuilder('rows')
    graph.output('rows', tableRows(graph, locations, EMBEDDINGS, graph.input('ids', 'int64', ['ids'])))
    const session = await GraphSession.create(graph.encode(), { threads: 1, prepack: false, optimize: false })
    const rows = float32Data(await session.run({ ids: int64Tensor([7, 0, 303], [3]) }, ['rows']), 'rows')
    await session.release()
    const table = dequantizedMatrix(locations, EMBEDDINGS, bits)
    expect(relativeError(rows, [7, 0, 303].flatMap((id) => table[id] ?? []))).toBeLessThan(EXACT)
    expect(rows.length).toBe(3 * hiddenSize)
  })

  test('modules that read one input are one matrix with the rows of all', () => {
    const names = ['q', 'k', 'v'].map((letter) => `model.layers.0.self_attn.${letter}_proj.weight`)
    const joined = joinedWeight(new GraphBuilder('joined'), locations, names)
    const rows = names.map((name) => locations.get(name)?.shape[0] ?? NaN)
    expect(joined?.values.shape[0]).toBe(rows.reduce((sum, count) => sum + count, 0))
    expect(joinedWeight(new GraphBuilder('apart'), locations, [...names].reverse())).toBeUndefined()
  })
})

function relativeError(actual: Float32Array, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length)
  const squares = expected.reduce((sum, value) => sum + value * value, 0)
  return Math.sqrt(expected.reduce((sum, value, index) => sum + ((actual[index] ?? NaN) - value) ** 2, 0) / squares)
}
