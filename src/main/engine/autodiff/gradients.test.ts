/** @file Every gradient rule against central differences, and how gradients travel through a graph. */
import { describe, expect, test } from 'vitest'
import { expectGradientsToMatchDifferences as check, someNumbers } from '../../../../test/support/check-gradient.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, clamp, exponential, minimum, multiply, negate, sigmoid, silu, subtract, where } from '../ops/elementwise.ts'
import { concat, gatherElement, gatherRows, lengthOf, reshape, runtimeShape, slice, transpose, unsqueeze } from '../ops/layout.ts'
import { linear, matMul } from '../ops/matrix.ts'
import { layerNorm, logSumExp, rmsNorm, softmax, sumAll } from '../ops/normalization.ts'
import { rotaryEmbedding } from '../ops/rotary.ts'
import { gradients } from './gradients.ts'

type Values = Readonly<Record<string, Value>>
const at = (values: Values, name: string): Value => values[name]!

describe('element by element', () => {
  test.each([
    ['add', add],
    ['subtract', subtract],
    ['multiply', multiply],
  ])('%s, with both sides broadcast', (_, op) =>
    check({ x: someNumbers([2, 1, 3]), y: someNumbers([4, 1], 2) }, (graph, values) => op(graph, at(values, 'x'), at(values, 'y'))),
  )

  test('minimum, away from ties', () =>
    check({ x: { shape: [2, 2], data: [1, -2, 3, 0.5] }, y: { shape: [2], data: [2, -1] } }, (graph, values) =>
      minimum(graph, at(values, 'x'), at(values, 'y')),
    ))

  test.each([
    ['exponential', exponential],
    ['negate', negate],
    ['sigmoid', sigmoid],
    ['silu', silu],
  ])('%s', (_, op) => check({ x: someNumbers([2, 3]) }, (graph, values) => op(graph, at(values, 'x'))))

  test('clamp lets no gradient through where it held a number back', () =>
    check({ x: { shape: [4], data: [-2, -0.3, 0.4, 3] } }, (graph, values) => clamp(graph, at(values, 'x'), -1, 1)))

  test('where sends each gradient to the side that was chosen', () =>
    check({ x: someNumbers([2, 3]), y: someNumbers([3], 2) }, (graph, values) => {
      const condition = graph.single('Greater', [graph.float32('steps', [2, 1], Float32Array.of(0, 1)), graph.float32Scalar('half', 0.5)], 'bool', [2, 1])
      return where(graph, condition, at(values, 'x'), at(values, 'y'))
    }))
})

describe('moving elements', () => {
  test('reshape, transpose and unsqueeze', () =>
    check({ x: someNumbers([2, 6]) }, (graph, values) => {
      const x = at(values, 'x')
      const split = reshape(graph, x, runtimeShape(graph, [lengthOf(graph, x, 0), 2, -1]), [2, 2, 3])
      return unsqueeze(graph, transpose(graph, split, [2, 0, 1]), [1])
    }))

  test('concat', () =>
    check({ x: someNumbers([2, 1]), y: someNumbers([2, 3], 2) }, (graph, values) => concat(graph, [at(values, 'x'), at(values, 'y')], -1, 4)))

  test('slice', () =>
    check({ x: someNumbers([3, 5]) }, (graph, values) => slice(graph, at(values, 'x'), graph.int64('start', [1]), graph.int64('end', [3]), 1, 2)))

  test('gatherRows adds up the gradients of a row that was taken twice', () =>
    check({ table: someNumbers([4, 3]) }, (graph, values) => gatherRows(graph, at(values, 'table'), graph.int64('rows', [2, 0, 2]))))

  test('gatherElement', () =>
    check({ x: someNumbers([2, 3]) }, (graph, values) => gatherElement(graph, at(values, 'x'), graph.int64('picked', [2, 0], [2, 1]))))
})

describe('products and norms', () => {
  test('linear, with its weight and bias', () =>
    check({ x: someNumbers([3, 4]), weight: someNumbers([2, 4], 2), bias: someNumbers([2], 3) }, (graph, values) =>
      linear(graph, at(values, 'x'), at(values, 'weight'), at(values, 'bias')),
    ))

  test('matMul, batched', () =>
    check({ x: someNumbers([2, 2, 3]), y: someNumbers([2, 3, 2], 2) }, (graph, values) => matMul(graph, at(values, 'x'), at(values, 'y'))))

  test('rmsNorm over two leading axes', () =>
    check({ x: someNumbers([2, 2, 5]), weight: someNumbers([5], 2) }, (graph, values) => rmsNorm(graph, at(values, 'x'), at(values, 'weight'), 1e-3)))

  test('layerNorm', () =>
    check({ x: someNumbers([3, 5]), weight: someNumbers([5], 2), bias: someNumbers([5], 3) }, (graph, values) =>
      layerNorm(graph, at(values, 'x'), at(values, 'weight'), at(values, 'bias'), 1e-3),
    ))

  test.each([
    ['softmax', softmax],
    ['logSumExp', logSumExp],
    ['sumAll', sumAll],
  ])('%s', (_, op) => check({ x: someNumbers([2, 4]) }, (graph, values) => op(graph, at(values, 'x'))))

  test('rotaryEmbedding turns gradients back', () =>
    check({ x: someNumbers([1, 2, 3, 4]) }, (graph, values) => {
      const angles = [0.1, 1, 2, 0.3, 0.7, 3]
      const table = (name: string, f: (angle: number) => number): Value => graph.float32(name, [1, 3, 2], Float32Array.from(angles, f))
      return rotaryEmbedding(graph, at(values, 'x'), table('cos', Math.cos), table('sin', Math.sin))
    }))
})

describe('the reverse pass', () => {
  test('adds up what arrives over several paths', () =>
    check({ x: someNumbers([3]) }, (graph, values) => multiply(graph, at(values, 'x'), exponential(graph, at(values, 'x')))))

  test('goes no further than it is told', () => {
    const graph = new GraphBuilder('stopped')
    const x = graph.input('x', 'float32', [2])
    const detached = exponential(graph, x)
    const [gradient] = gradients(graph, [{ value: multiply(graph, detached, x), gradient: graph.input('g', 'float32', [2]) }], [x], { stopAt: [detached] })
    // Only the direct path is left: g * detached.
    expect(graph.operations.at(-1)).toMatchObject({ opType: 'Mul', outputs: [gradient] })
    expect(graph.operations.filter(({ opType }) => opType === 'Exp')).toHaveLength(1)
  })

  test('gives nothing for a value that the seed does not depend on, and emits nothing for frozen weights', () => {
    const graph = new GraphBuilder('frozen')
    const [x, other] = [graph.input('x', 'float32', [2, 3]), graph.input('other', 'float32', [1])]
    const y = linear(graph, x, graph.float32('weight', [4, 3], new Float32Array(12)))
    const before = graph.operations.length
    const [ofX, ofOther] = gradients(graph, [{ value: y, gradient: graph.input('g', 'float32', [2, 4]) }], [x, other])
    expect(ofX?.shape).toEqual([2, 3])
    expect(ofOther).toBeUndefined()
    expect(graph.operations).toHaveLength(before + 1)
  })

  test('names an operator that has no rule', () => {
    const graph = new GraphBuilder('unknown')
    const x = graph.input('x', 'float32', [2])
    const y = graph.single('Tanh', [x], 'float32', [2])
    expect(() => gradients(graph, [{ value: y, gradient: graph.input('g', 'float32', [2]) }], [x])).toThrow('internal: Tanh has no gradient rule')
  })
})
