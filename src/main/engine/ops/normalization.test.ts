/** @file Norms and softmax against their formulas. */
import { expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { rmsNorm, rowNorms, softmax } from './normalization.ts'

test('rmsNorm divides by the root mean square, epsilon inside the root', async () => {
  const epsilon = 0.5
  const result = await runGraph((graph) => rmsNorm(graph, constant(graph, [2, 2], [3, 4, 0, 0]), constant(graph, [2], [1, 10]), epsilon))
  const root = Math.sqrt((9 + 16) / 2 + epsilon)
  expect(result.inferredShape).toEqual([2, 2])
  for (const [index, expected] of [3 / root, 40 / root, 0, 0].entries()) expect(result.data[index]).toBeCloseTo(expected, 5)
})

test('softmax runs over the last axis, and masked scores get nothing', async () => {
  const { data } = await runGraph((graph) => softmax(graph, constant(graph, [2, 3], [0, Math.log(3), -1e30, 5, 5, 5])))
  for (const [index, expected] of [1 / 4, 3 / 4, 0, 1 / 3, 1 / 3, 1 / 3].entries()) expect(data[index]).toBeCloseTo(expected, 6)
  expect(data[2]).toBe(0)
})

test('rowNorms is the length of each row', async () => {
  const result = await runGraph((graph) => rowNorms(graph, constant(graph, [2, 2], [3, 4, 0, 0])))
  expect(result).toEqual({ inferredShape: [2, 1], shape: [2, 1], data: [5, 0] })
})

test('what does not fit is refused when the graph is built', () => {
  const graph = new GraphBuilder('wrong')
  const x = graph.input('x', 'float32', ['rows', 4])
  const ids = graph.input('ids', 'int64', ['rows', 4])
  expect(() => rmsNorm(graph, x, graph.input('w3', 'float32', [3]), 1e-6)).toThrow('internal: rmsNorm w3: lengths 4 and 3 differ')
  expect(() => rmsNorm(graph, x, graph.input('w4', 'bfloat16', [4]), 1e-6)).toThrow('internal: rmsNorm: w4 should be float32, is bfloat16')
  expect(() => softmax(graph, ids)).toThrow('internal: softmax: ids should be float32')
  expect(() => rowNorms(graph, graph.input('flat', 'float32', [4]))).toThrow('internal: rowNorms: flat should have 2 dimensions')
})
