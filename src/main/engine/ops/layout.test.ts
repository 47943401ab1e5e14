/** @file Elements land where NumPy would put them, and axes that do not exist are refused. */
import { expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { float32Tensor } from '../runtime/graph-session.ts'
import { concat, gatherRows, lengthOf, reshape, runtimeShape, slice, transpose, unsqueeze } from './layout.ts'

const six = [1, 2, 3, 4, 5, 6]

test('reshape takes known lengths, run-time lengths and one rest', async () => {
  const result = await runGraph(
    (graph) => {
      const x = graph.input('x', 'float32', ['rows', 6])
      return reshape(graph, x, runtimeShape(graph, [lengthOf(graph, x, 0), 2, -1]), ['rows', 2, 3])
    },
    { x: float32Tensor(Float32Array.from(six), [1, 6]) },
  )
  expect(result).toEqual({ inferredShape: ['rows', 2, 3], shape: [1, 2, 3], data: six })
})

test('transpose permutes axes', async () => {
  const result = await runGraph((graph) => transpose(graph, constant(graph, [2, 3], six), [1, 0]))
  expect(result).toEqual({ inferredShape: [3, 2], shape: [3, 2], data: [1, 4, 2, 5, 3, 6] })
})

test('concat joins along any axis, counted from either end', async () => {
  for (const axis of [1, -1]) {
    const result = await runGraph((graph) => concat(graph, [constant(graph, [2, 1], [1, 2]), constant(graph, [2, 2], [3, 4, 5, 6])], axis, 3))
    expect(result).toEqual({ inferredShape: [2, 3], shape: [2, 3], data: [1, 3, 4, 2, 5, 6] })
  }
})

test('slice takes a half-open range', async () => {
  const result = await runGraph((graph) => slice(graph, constant(graph, [2, 3], six), graph.int64('start', [1]), graph.int64('end', [3]), 1, 2))
  expect(result).toEqual({ inferredShape: [2, 2], shape: [2, 2], data: [2, 3, 5, 6] })
})

test('gatherRows takes rows, and counts negative indices from the end', async () => {
  const result = await runGraph((graph) => gatherRows(graph, constant(graph, [3, 2], six), graph.int64('rows', [2, 0, -1])))
  expect(result).toEqual({ inferredShape: [3, 2], shape: [3, 2], data: [5, 6, 1, 2, 5, 6] })
})

test('unsqueeze adds axes where the result has them', async () => {
  const result = await runGraph((graph) => unsqueeze(graph, constant(graph, [2, 3], six), [2, 0]))
  expect(result).toMatchObject({ inferredShape: [1, 2, 1, 3], shape: [1, 2, 1, 3] })
})

test('what does not fit is refused when the graph is built', () => {
  const graph = new GraphBuilder('wrong')
  const x = graph.input('x', 'float32', ['rows', 3])
  const y = graph.input('y', 'float32', ['rows', 4])
  const ids = graph.input('ids', 'int64', ['rows'])
  expect(() => transpose(graph, x, [0])).toThrow('internal: transpose: [rows, 3] cannot be permuted by [0]')
  expect(() => transpose(graph, x, [0, 2])).toThrow('internal: x [rows, 3] has no axis 2')
  expect(() => transpose(graph, x, [0, 0])).toThrow('internal: transpose: [rows, 3] cannot be permuted by [0, 0]')
  expect(() => reshape(graph, x, x, [3])).toThrow('internal: reshape: x should be int64')
  expect(() => gatherRows(graph, x, x)).toThrow('internal: gatherRows: x should be int64')
  expect(() => concat(graph, [], 0, 1)).toThrow('internal: concat of nothing')
  expect(() => concat(graph, [x, y], 0, 'both')).toThrow('internal: concat: lengths 4 and 3 differ')
  expect(() => concat(graph, [x, ids], 1, 4)).toThrow('internal: concat: ids should be float32, is int64')
  expect(() => slice(graph, x, ids, ids, 2, 1)).toThrow('internal: x [rows, 3] has no axis 2')
  expect(() => unsqueeze(graph, x, [5])).toThrow('internal: unsqueeze: [rows, 3] takes no axis at 5')
})
