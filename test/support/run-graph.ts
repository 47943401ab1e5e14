/** @file Runs a graph of a few nodes and returns its numbers, for tests of operators. It compares nothing. */
import { GraphBuilder } from '../../src/main/engine/onnx/graph-builder.ts'
import type { Value } from '../../src/main/engine/onnx/value.ts'
import { float32Data, GraphSession, type Tensors } from '../../src/main/engine/runtime/graph-session.ts'

export interface GraphResult {
  /** The shape that the operators inferred, dynamic lengths by name. */
  readonly inferredShape: readonly (number | string)[]
  readonly shape: readonly number[]
  readonly data: number[]
}

/** Builds a graph with one float32 result and runs it. */
export async function runGraph(build: (graph: GraphBuilder) => Value, feeds: Tensors = {}): Promise<GraphResult> {
  const graph = new GraphBuilder('test')
  const value = build(graph)
  graph.output('result', value)
  const session = await GraphSession.create(graph.encode(), { threads: 1 })
  const results = await session.run(feeds, ['result'])
  await session.release()
  return { inferredShape: value.shape, shape: [...(results['result']?.dims ?? [])], data: [...float32Data(results, 'result')] }
}

/** A constant with the given numbers. */
export function constant(graph: GraphBuilder, shape: readonly number[], data: readonly number[]): Value {
  return graph.float32(graph.uniqueName('constant'), shape, Float32Array.from(data))
}
