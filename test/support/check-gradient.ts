/** @file Compares gradients that the reverse pass computes with central differences of the graph itself. */
import { expect } from 'vitest'
import { gradients } from '../../src/main/engine/autodiff/gradients.ts'
import { GraphBuilder } from '../../src/main/engine/onnx/graph-builder.ts'
import type { Value } from '../../src/main/engine/onnx/value.ts'
import { float32Data, float32Tensor, GraphSession, type Tensors } from '../../src/main/engine/runtime/graph-session.ts'

/** Half the distance of a central difference: float32 rounding weighs less than the third derivative there, for numbers near 1. */
const STEP = 1e-2
/** Relative to the largest gradient of its input; the two errors above add up to about a tenth of it. */
const TOLERANCE = 5e-3

export interface DifferentiableInput {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/**
 * Weighs the result of `build` with fixed, unequal numbers, and checks the gradient of that sum for every input.
 * @param build from one float32 input each, by its name, to the result
 */
export async function expectGradientsToMatchDifferences(
  inputs: Readonly<Record<string, DifferentiableInput>>,
  build: (graph: GraphBuilder, values: Readonly<Record<string, Value>>) => Value,
  otherFeeds: Tensors = {},
): Promise<void> {
  const graph = new GraphBuilder('gradient-check')
  const values = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, graph.input(name, 'float32', shape)]))
  const result = build(graph, values)
  const weights = graph.input('weights', 'float32', result.shape)
  graph.output('result', result)
  const names = Object.keys(inputs)
  for (const [index, gradient] of gradients(graph, [{ value: result, gradient: weights }], Object.values(values)).entries()) {
    if (gradient === undefined) throw new Error(`the result does not depend on ${names[index]}`)
    graph.output(`gradient.${names[index]}`, gradient)
  }
  const session = await GraphSession.create(graph.encode(), { threads: 1 })
  const feedsAt = (changed?: { name: string; index: number; by: number }): Record<string, Tensors[string]> => ({
    ...otherFeeds,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => {
        const numbers = Float32Array.from(data)
        if (changed?.name === name) numbers[changed.index] = (data[changed.index] ?? 0) + changed.by
        return [name, float32Tensor(numbers, shape)]
      }),
    ),
  })
  const resultShape = await shapeOfResult(session, feedsAt(), result)
  const weighing = Float32Array.from({ length: resultShape.reduce((product, dim) => product * dim, 1) }, (_, index) => Math.sin(1 + 1.7 * index))
  const weightFeed = { weights: float32Tensor(weighing, resultShape) }
  const weighted = async (changed: { name: string; index: number; by: number }): Promise<number> => {
    const data = float32Data(await session.run({ ...feedsAt(changed), ...weightFeed }, ['result']), 'result')
    return data.reduce((sum, value, index) => sum + value * (weighing[index] ?? 0), 0)
  }
  const computed = await session.run({ ...feedsAt(), ...weightFeed }, names.map((name) => `gradient.${name}`))
  for (const name of names) {
    const gradient = float32Data(computed, `gradient.${name}`)
    const differences: number[] = []
    for (let index = 0; index < gradient.length; index++) {
      differences.push(((await weighted({ name, index, by: STEP })) - (await weighted({ name, index, by: -STEP }))) / (2 * STEP))
    }
    const scale = Math.max(...differences.map(Math.abs), 1e-3)
    for (const [index, difference] of differences.entries()) {
      expect(Math.abs((gradient[index] ?? 0) - difference) / scale, `gradient of ${name}[${index}]`).toBeLessThan(TOLERANCE)
    }
  }
  await session.release()
}

async function shapeOfResult(session: GraphSession, feeds: Tensors, result: Value): Promise<readonly number[]> {
  if (result.shape.every((dim) => typeof dim === 'number')) return result.shape
  return (await session.run(feeds, ['result']))['result']?.dims ?? []
}

/** Numbers between -1 and 1 that look random and are always the same. */
export function someNumbers(shape: readonly number[], seed = 1): DifferentiableInput {
  const length = shape.reduce((product, dim) => product * dim, 1)
  return { shape, data: Array.from({ length }, (_, index) => Math.sin(12.9898 * (index + 1) * seed + 4.1414 * seed)) }
}
