/** @file LoRA on one module. Its factors are graph inputs, so that one graph serves reasoner, weaver and trigger. Knows no adapter file. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Dim, Value } from '../onnx/value.ts'
import { add } from '../ops/elementwise.ts'
import { linear } from '../ops/matrix.ts'

export interface LoraFactors {
  /** [rank, in] */
  readonly a: Value
  /** [out, rank], alpha / r multiplied in. */
  readonly b: Value
  /** [tokens or 1, rank or 1]: what a token takes of each rank, where one run serves several adapters. @default all of it */
  readonly gate?: Value
  /** In training, what becomes of the input before A. @default the input as it is */
  readonly dropout?: (x: Value) => Value
}

/** The graph input that says which adapter is whose, where a graph has it. */
export const LORA_GATE = 'lora_gate'

/** Names of the graph inputs of one adapted module, such as `layers.3.self_attn.q_proj`. */
export function loraInputNames(module: string): { a: string; b: string } {
  return { a: `lora.${module}.a`, b: `lora.${module}.b` }
}

/** Adds the inputs A [rank, in] and B [out, rank] float32. The rank is dynamic: rank 0 is no adapter. */
export function loraInputs(graph: GraphBuilder, module: string, [outSize, inSize]: readonly [Dim, Dim]): LoraFactors {
  const names = loraInputNames(module)
  const rank = `rank.${module}`
  return { a: graph.input(names.a, 'float32', [rank, inSize]), b: graph.input(names.b, 'float32', [outSize, rank]) }
}

/** y + B (A x) (docs/REFERENCE.md 1.9): x [tokens, in], y [tokens, out] float32. */
export function addLora(graph: GraphBuilder, x: Value, y: Value, { a, b, gate, dropout }: LoraFactors): Value {
  return graph.within('lora', () => {
    const ranks = linear(graph, dropout?.(x) ?? x, a)
    // Written out, since whether the gate is one number or one a token and rank is known only when it is fed.
    const gated = gate === undefined ? ranks : graph.single('Mul', [ranks, gate], 'float32', ranks.shape)
    return add(graph, y, linear(graph, gated, b))
  })
}
