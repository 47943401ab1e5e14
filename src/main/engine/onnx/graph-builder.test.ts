/** @file Graphs are encoded so that ONNX Runtime runs them, and mistakes in building them are named. */
import { fromBinary } from '@bufbuild/protobuf'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { float32Tensor } from '../runtime/graph-session.ts'
import { ModelProtoSchema } from './generated/onnx_pb.js'
import { GraphBuilder } from './graph-builder.ts'

test('a graph of inputs, constants and nodes runs', async () => {
  const result = await runGraph(
    (graph) => {
      const x = graph.input('x', 'float32', ['rows', 2])
      return graph.single('Add', [x, constant(graph, [2], [10, 20])], 'float32', ['rows', 2])
    },
    { x: float32Tensor(Float32Array.of(1, 2, 3, 4), [2, 2]) },
  )
  expect(result).toMatchObject({ shape: [2, 2], data: [11, 22, 13, 24] })
})

test('attributes of every kind reach the operator', async () => {
  // LeakyRelu takes a float, DepthToSpace an integer and a string, Transpose a list of integers.
  const result = await runGraph((graph) => {
    const x = constant(graph, [1, 4, 1, 1], [-1, 2, -3, 4])
    const leaky = graph.single('LeakyRelu', [x], 'float32', x.shape, { attributes: { alpha: { float: 0.5 } } })
    const spread = graph.single('DepthToSpace', [leaky], 'float32', [1, 1, 2, 2], { attributes: { blocksize: 2, mode: 'CRD' } })
    return graph.single('Transpose', [spread], 'float32', [1, 1, 2, 2], { attributes: { perm: [0, 1, 3, 2] } })
  })
  expect(result).toMatchObject({ shape: [1, 1, 2, 2], data: [-0.5, -1.5, 2, 4] })
})

test('a node may have several results', async () => {
  const { data } = await runGraph((graph) => {
    const [left, right] = graph.node(
      'Split',
      [constant(graph, [4], [1, 2, 3, 4])],
      [
        { elementType: 'float32', shape: [2] },
        { elementType: 'float32', shape: [2] },
      ],
      { attributes: { num_outputs: 2, axis: 0 } },
    )
    if (left === undefined || right === undefined) throw new Error('Split gave fewer results')
    return graph.single('Sub', [right, left], 'float32', [2])
  })
  expect(data).toEqual([2, 2])
})

test('a tensor may stay in its file, at any offset', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-graph-'))
  const path = join(folder, 'weights.bin')
  writeFileSync(path, new Uint8Array(Float32Array.of(0, 0, 5, 6).buffer))
  const { data } = await runGraph((graph) =>
    graph.external('weight', 'float32', [2], { location: path.replace(/^([A-Za-z]:)?[\\/]+/, ''), byteOffset: 8, byteLength: 8 }),
  )
  expect(data).toEqual([5, 6])
  rmSync(folder, { recursive: true })
})

test('two values of one name are a bug', () => {
  const graph = new GraphBuilder('twice')
  graph.input('x', 'float32', [1])
  expect(() => graph.input('x', 'float32', [1])).toThrow('internal: graph twice already has a value x')
  expect(() => graph.float32('x', [1], Float32Array.of(1))).toThrow('internal: graph twice already has a value x')
})

test('nodes are named after the scopes they were added in, values are not', () => {
  const graph = new GraphBuilder('scoped')
  const x = graph.input('x', 'float32', [1])
  const y = graph.within('layers.0', () => graph.within('mlp', () => graph.single('Neg', [x], 'float32', [1])))
  graph.single('Neg', [y], 'float32', [1])
  const { graph: encoded } = fromBinary(ModelProtoSchema, graph.encode())
  expect(encoded?.node.map(({ name }) => name)).toEqual(['layers.0/mlp/Neg_node_1', 'Neg_node_3'])
  expect(y.name).toBe('Neg_0')
})

test('constants whose numbers do not fill their shape are a bug', () => {
  const graph = new GraphBuilder('short')
  expect(() => graph.float32('w', [2, 3], new Float32Array(5))).toThrow('internal: w [2, 3] should hold 6 numbers, holds 5')
  expect(() => graph.int64('i', [1, 2], [3])).toThrow('internal: i [3] should hold 3 numbers, holds 2')
})

test('a result costs no node, also where others read it; inputs and values that are results already are copied', () => {
  const graph = new GraphBuilder('results')
  const x = graph.input('x', 'float32', [2])
  const sum = graph.single('Add', [x, x], 'float32', [2])
  graph.output('sum', sum)
  graph.output('again', sum)
  graph.output('same', x)
  graph.output('negative', graph.single('Neg', [sum], 'float32', [2]))
  const nodes = fromBinary(ModelProtoSchema, graph.encode()).graph?.node.map(({ opType, input, output }) => [opType, ...input, ...output])
  expect(nodes).toEqual([
    ['Add', 'x', 'x', 'sum'],
    ['Identity', 'sum', 'again'],
    ['Identity', 'x', 'same'],
    ['Neg', 'sum', 'negative'],
  ])
})
