/**
 * @file The reverse pass: appends to a graph the nodes that compute gradients of a sum of its values. Knows the chain
 * rule and no operator; the rules stand beside the operators in `ops/`.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { formatShape, type Value } from '../onnx/value.ts'
import { add, elementwiseGradients } from '../ops/elementwise.ts'
import type { GradientRules } from '../ops/gradient-rule.ts'
import { layoutGradients } from '../ops/layout.ts'
import { matrixGradients } from '../ops/matrix.ts'
import { normalizationGradients } from '../ops/normalization.ts'
import { rotaryGradients } from '../ops/rotary.ts'

const rules: GradientRules = {
  ...elementwiseGradients,
  ...layoutGradients,
  ...matrixGradients,
  ...normalizationGradients,
  ...rotaryGradients,
}

/** A value and the gradient that arrives there from outside the graph, of the value's shape. */
export interface Seed {
  readonly value: Value
  readonly gradient: Value
}

export interface GradientOptions {
  /** Values whose gradient goes no further, such as old log-probabilities (torch's `detach`). @default none */
  readonly stopAt?: readonly Value[]
}

/**
 * Gradients of sum over the seeds of <value, gradient>, for each of `targets`, in their order and of their shapes; undefined where
 * no seed depends on the target. Nodes are emitted only on paths from a target to a seed.
 */
export function gradients(
  graph: GraphBuilder,
  seeds: readonly Seed[],
  targets: readonly Value[],
  { stopAt = [] }: GradientOptions = {},
): (Value | undefined)[] {
  const stopped = new Set(stopAt.map(({ name }) => name))
  // The reverse pass appends to the same graph, so the walk is over what stands there now.
  const operations = [...graph.operations]
  const isDependent = new Set(targets.map(({ name }) => name))
  for (const { inputs, outputs } of operations) {
    if (!inputs.some(({ name }) => isDependent.has(name) && !stopped.has(name))) continue
    for (const { name, elementType } of outputs) if (elementType === 'float32') isDependent.add(name)
  }
  const arrived = new Map<string, Value>()
  const collect = (value: Value, gradient: Value): void => {
    const sum = arrived.get(value.name)
    arrived.set(value.name, sum === undefined ? gradient : add(graph, sum, gradient))
  }
  for (const { value, gradient } of seeds) {
    expectSameShape(value, gradient)
    if (isDependent.has(value.name)) collect(value, gradient)
  }
  for (const operation of operations.reverse()) {
    const [output] = operation.outputs
    const gradient = output === undefined ? undefined : arrived.get(output.name)
    if (gradient === undefined) continue
    const isWanted = operation.inputs.map(({ name }) => isDependent.has(name) && !stopped.has(name))
    if (!isWanted.includes(true)) continue
    const rule = rules[operation.opType]
    if (rule === undefined) throw new Error(`internal: ${operation.opType} has no gradient rule`)
    for (const [index, inputGradient] of rule({ graph, operation, gradient, isWanted }).entries()) {
      const input = operation.inputs[index]
      if (input === undefined || inputGradient === undefined || isWanted[index] !== true) continue
      expectSameShape(input, inputGradient)
      collect(input, inputGradient)
    }
  }
  return targets.map(({ name }) => arrived.get(name))
}

function expectSameShape(value: Value, gradient: Value): void {
  if (formatShape(value.shape) !== formatShape(gradient.shape)) {
    throw new Error(`internal: the gradient of ${value.name} ${formatShape(value.shape)} has the shape ${formatShape(gradient.shape)}`)
  }
}
