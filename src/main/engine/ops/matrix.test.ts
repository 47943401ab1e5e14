/** @file Products against sums worked out by hand, and factors that do not fit. */
import { expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { float32Tensor } from '../runtime/graph-session.ts'
import { linear, matMul } from './matrix.ts'

test("linear is PyTorch's: x weight^T + bias", async () => {
  const x = float32Tensor(Float32Array.of(1, 2, 3, 4), [2, 2])
  const build = (withBias: boolean) =>
    runGraph(
      (graph) => {
        const weight = constant(graph, [3, 2], [1, 0, 0, 1, 1, 1])
        return linear(graph, graph.input('x', 'float32', ['rows', 2]), weight, withBias ? constant(graph, [3], [10, 20, 30]) : undefined)
      },
      { x },
    )
  expect(await build(false)).toEqual({ inferredShape: ['rows', 3], shape: [2, 3], data: [1, 2, 3, 3, 4, 7] })
  expect((await build(true)).data).toEqual([11, 22, 33, 13, 24, 37])
})

test('linear over rank 0 gives zeros, which is what no adapter adds', async () => {
  const { data } = await runGraph(
    (graph) => linear(graph, graph.input('x', 'float32', ['rows', 'rank']), graph.input('b', 'float32', [2, 'rank'])),
    { x: float32Tensor(new Float32Array(0), [3, 0]), b: float32Tensor(new Float32Array(0), [2, 0]) },
  )
  expect(data).toEqual([0, 0, 0, 0, 0, 0])
})

test('matMul multiplies the last two axes and broadcasts the others', async () => {
  const result = await runGraph((graph) => matMul(graph, constant(graph, [2, 1, 2], [1, 2, 3, 4]), constant(graph, [2, 1], [5, 6])))
  expect(result).toEqual({ inferredShape: [2, 1, 1], shape: [2, 1, 1], data: [17, 39] })
})

test('factors that do not fit are refused when the graph is built', () => {
  const graph = new GraphBuilder('wrong')
  const x = graph.input('x', 'float32', ['rows', 2])
  const weight = graph.input('weight', 'float32', [3, 4])
  const half = graph.input('half', 'float16', [3, 2])
  const fitting = graph.input('fitting', 'float32', [3, 2])
  expect(() => linear(graph, x, weight)).toThrow('internal: linear weight: lengths 2 and 4 differ')
  expect(() => linear(graph, x, half)).toThrow('internal: linear: half should be float32, is float16')
  expect(() => linear(graph, x, fitting, x)).toThrow('internal: linear: x should have 1 dimensions')
  expect(() => linear(graph, x, fitting, graph.input('bias', 'float32', [4]))).toThrow('internal: linear bias: lengths 4 and 3 differ')
  expect(() => matMul(graph, x, weight)).toThrow('internal: matMul x weight: lengths 2 and 3 differ')
  expect(() => matMul(graph, graph.input('a', 'float32', ['m', 'past']), graph.input('b', 'float32', ['seq', 'n']))).toThrow('lengths past and seq differ')
})
