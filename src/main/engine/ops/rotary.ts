/** @file Rotary position embedding of the rotate-half kind. It does not know how the angles come about. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, expectSameDim, expectValue, type Value } from '../onnx/value.ts'
import { negate } from './elementwise.ts'
import { operand, type GradientRules } from './gradient-rule.ts'

/**
 * Rotates the full head dimension (docs/REFERENCE.md 9).
 * x [batch, heads, seq, headDim], cos and sin [batch, seq, headDim / 2] -> like x, all float32.
 */
export function rotaryEmbedding(graph: GraphBuilder, x: Value, cos: Value, sin: Value): Value {
  expectValue(x, 'rotaryEmbedding', 'float32', 4)
  expectValue(cos, 'rotaryEmbedding', 'float32', 3)
  expectValue(sin, 'rotaryEmbedding', 'float32', 3)
  const headDim = dimAt(x, 3)
  const halfDim = typeof headDim === 'number' ? headDim / 2 : headDim
  for (const table of [cos, sin]) expectSameDim(dimAt(table, 2), halfDim, `rotaryEmbedding ${table.name}`)
  return graph.single('RotaryEmbedding', [x, cos, sin], 'float32', x.shape)
}

/** A rotation's transpose turns the other way; scaled tables (yarn) keep their scale. */
export const rotaryGradients: GradientRules = {
  RotaryEmbedding: ({ graph, operation, gradient }) => {
    const [cos, sin] = [operand(operation.inputs, 1), operand(operation.inputs, 2)]
    return [rotaryEmbedding(graph, gradient, cos, negate(graph, sin)), undefined, undefined]
  },
}
