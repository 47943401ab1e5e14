/** @file LoRA as graph inputs, so that one graph serves reasoner, weaver and trigger. Knows no adapter file. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, type Value } from '../onnx/value.ts'
import { add } from '../ops/elementwise.ts'
import { linear } from '../ops/matrix.ts'

/** Names of the graph inputs of one adapted module, such as `layers.3.self_attn.q_proj`. */
export function loraInputNames(module: string): { a: string; b: string } {
  return { a: `lora.${module}.a`, b: `lora.${module}.b` }
}

/**
 * y + B (A x), with alpha / r already multiplied into B (docs/REFERENCE.md 1.9). The rank is dynamic: rank 0 is no adapter.
 * x [tokens, in], y [tokens, out]; adds inputs A [rank, in] and B [out, rank]; all float32.
 */
export function addLora(graph: GraphBuilder, module: string, x: Value, y: Value): Value {
  const names = loraInputNames(module)
  const rank = `rank.${module}`
  const a = graph.input(names.a, 'float32', [rank, dimAt(x, 1)])
  const b = graph.input(names.b, 'float32', [dimAt(y, 1), rank])
  return add(graph, y, linear(graph, linear(graph, x, a), b))
}
