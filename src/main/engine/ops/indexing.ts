/** @file Reading and writing chosen places along an axis, for results that nothing is trained through: they have no gradient. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'

/** The slices of `x` at `indices` [n] int64 along `axis`, which then has length n. */
export function gatherAlong(graph: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  expectValue(indices, 'gatherAlong', 'int64', 1)
  dimAt(x, axis) // refuses an axis that x does not have
  const shape = x.shape.map((dim, index) => (index === axis ? dimAt(indices, 0) : dim))
  return graph.single('Gather', [x, indices], x.elementType, shape, { attributes: { axis } })
}

/** A copy of `x` with each element of `updates` written at its place's index along `axis`; `indices` int64 has the shape of `updates`. */
export function scatterElements(graph: GraphBuilder, x: Value, indices: Value, updates: Value, axis: number): Value {
  expectValue(indices, 'scatterElements', 'int64', x.shape.length)
  expectValue(updates, 'scatterElements', x.elementType, x.shape.length)
  for (const [index, dim] of updates.shape.entries()) expectSameDim(dim, dimAt(indices, index), `scatterElements ${x.name}`)
  return graph.single('ScatterElements', [x, indices, updates], x.elementType, x.shape, { attributes: { axis } })
}

/** A copy of `x` [a, b, width] with the rows `updates` [a, n, width] written at `indices` [a, n, 2] int64, each a place in a and one in b. */
export function scatterRows(graph: GraphBuilder, x: Value, indices: Value, updates: Value): Value {
  expectValue(x, 'scatterRows', 'float32', 3)
  expectValue(indices, 'scatterRows', 'int64', 3)
  expectValue(updates, 'scatterRows', 'float32', 3)
  for (const axis of [0, 1]) expectSameDim(dimAt(updates, axis), dimAt(indices, axis), `scatterRows ${x.name}`)
  return graph.single('ScatterND', [x, indices, updates], 'float32', x.shape)
}
