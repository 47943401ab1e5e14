/** @file Element by element against numbers worked out by hand, and shapes that do not fit. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { int64Tensor } from '../runtime/graph-session.ts'
import { add, broadcastShapes, isNonNegative, multiply, silu, toFloat32, where } from './elementwise.ts'

test('add and multiply broadcast', async () => {
  const sum = await runGraph((graph) => add(graph, constant(graph, [2, 1], [1, 2]), constant(graph, [3], [10, 20, 30])))
  expect(sum).toEqual({ inferredShape: [2, 3], shape: [2, 3], data: [11, 21, 31, 12, 22, 32] })
  const product = await runGraph((graph) => multiply(graph, constant(graph, [3], [1, 2, 3]), constant(graph, [], [-2])))
  expect(product).toEqual({ inferredShape: [3], shape: [3], data: [-2, -4, -6] })
})

test('silu is x times its sigmoid', async () => {
  const values = [-3, 0, 0.5, 20]
  const { data } = await runGraph((graph) => silu(graph, constant(graph, [4], values)))
  for (const [index, x] of values.entries()) expect(data[index]).toBeCloseTo(x / (1 + Math.exp(-x)), 5)
})

test('where chooses by sign, row by row', async () => {
  const result = await runGraph(
    (graph) => {
      const index = graph.input('index', 'int64', ['rows', 1])
      return where(graph, isNonNegative(graph, index), constant(graph, [1, 2], [1, 2]), constant(graph, [1, 2], [8, 9]))
    },
    { index: int64Tensor([-1, 0, 3], [3, 1]) },
  )
  expect(result).toEqual({ inferredShape: ['rows', 2], shape: [3, 2], data: [8, 9, 1, 2, 1, 2] })
})

test('toFloat32 leaves float32 alone and casts half precision', async () => {
  const graph = new GraphBuilder('cast')
  const x = graph.input('x', 'float32', [2])
  expect(toFloat32(graph, x)).toBe(x)
  expect(toFloat32(graph, graph.input('half', 'bfloat16', [2])).elementType).toBe('float32')
})

describe('broadcasting', () => {
  test('follows NumPy, and a dynamic length fits itself and 1 only', () => {
    expect(broadcastShapes(['batch', 1, 3], [4, 1], 'test')).toEqual(['batch', 4, 3])
    expect(broadcastShapes([], ['seq'], 'test')).toEqual(['seq'])
    expect(() => broadcastShapes(['past'], ['seq'], 'test')).toThrow('internal: test: [past] and [seq] do not broadcast')
    expect(() => broadcastShapes([2, 3], [4, 3], 'test')).toThrow('[2, 3] and [4, 3]')
  })

  test('does not depend on the order of its sides', () => {
    const shape = fc.array(fc.constantFrom(1, 2, 3, 'batch'), { maxLength: 4 })
    const attempt = (left: readonly (number | string)[], right: readonly (number | string)[]): unknown => {
      try {
        return broadcastShapes(left, right, 'test')
      } catch {
        return 'do not broadcast'
      }
    }
    fc.assert(
      fc.property(shape, shape, (left, right) => {
        expect(attempt(left, right)).toEqual(attempt(right, left))
      }),
    )
  })
})

test('wrong element types are refused when the graph is built', () => {
  const graph = new GraphBuilder('wrong')
  const [x, ids, half] = [graph.input('x', 'float32', [2]), graph.input('ids', 'int64', [2]), graph.input('half', 'float16', [2])]
  const isFirst = isNonNegative(graph, ids)
  expect(() => add(graph, x, ids)).toThrow('internal: Add: ids should be float32, is int64')
  expect(() => multiply(graph, half, x)).toThrow('internal: Mul: half should be float32, is float16')
  expect(() => silu(graph, ids)).toThrow('internal: silu: ids should be float32')
  expect(() => isNonNegative(graph, x)).toThrow('internal: isNonNegative: x should be int64')
  expect(() => where(graph, x, x, x)).toThrow('internal: where: x should be bool')
  expect(() => where(graph, isFirst, x, half)).toThrow('internal: where: half should be float32, is float16')
})
