/** @file Rotation against transformers' rotate_half, written out. */
import { expect, test } from 'vitest'
import { constant, runGraph } from '../../../../test/support/run-graph.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { rotaryEmbedding } from './rotary.ts'

test('the first half of a head turns against the second', async () => {
  const angles = [0.3, 1.2, -0.5, 2]
  // One batch, two heads, two positions, head size 4.
  const x = Array.from({ length: 16 }, (_, index) => Math.sin(index + 1))
  const result = await runGraph((graph) =>
    rotaryEmbedding(graph, constant(graph, [1, 2, 2, 4], x), constant(graph, [1, 2, 2], angles.map(Math.cos)), constant(graph, [1, 2, 2], angles.map(Math.sin))),
  )
  expect(result.shape).toEqual([1, 2, 2, 4])
  for (const index of x.keys()) {
    const [position, element] = [Math.floor(index / 4) % 2, index % 4]
    const angle = angles[position * 2 + (element % 2)] ?? NaN
    const partner = element < 2 ? -(x[index + 2] ?? NaN) : (x[index - 2] ?? NaN)
    expect(result.data[index]).toBeCloseTo((x[index] ?? NaN) * Math.cos(angle) + partner * Math.sin(angle), 5)
  }
})

test('tables of another size, rank or type are refused when the graph is built', () => {
  const graph = new GraphBuilder('wrong')
  const x = graph.input('x', 'float32', ['batch', 2, 'seq', 4])
  const table = graph.input('table', 'float32', ['batch', 'seq', 2])
  const whole = graph.input('whole', 'float32', ['batch', 'seq', 4])
  expect(() => rotaryEmbedding(graph, table, table, table)).toThrow('internal: rotaryEmbedding: table should have 4 dimensions')
  expect(() => rotaryEmbedding(graph, x, x, table)).toThrow('internal: rotaryEmbedding: x should have 3 dimensions')
  expect(() => rotaryEmbedding(graph, x, table, whole)).toThrow('internal: rotaryEmbedding whole: lengths 4 and 2 differ')
})
