/** @file Gradients of several runs of a graph, added up. Knows no graph. */
import { float32Data, type Tensors } from '../runtime/graph-session.ts'
import type { ParameterSet } from './parameter-set.ts'
import { gradientName } from './reasoner-graph.ts'

/** Adds what a graph put out as the gradients of the named parameters to what is in `gradients` already. */
export function addGradients(gradients: ParameterSet, outputs: Tensors, names: readonly string[]): void {
  for (const name of names) addTo(gradients.view(name), float32Data(outputs, gradientName(name)))
}

/** sum += addend, both of one length. */
export function addTo(sum: Float32Array, addend: Float32Array): void {
  if (sum.length !== addend.length) throw new Error(`internal: a gradient of ${addend.length} numbers for ${sum.length} parameters`)
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (addend[index] ?? 0)
}
