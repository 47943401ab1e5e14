/** @file AdamW's steps against its formula written out in float64, and what is done to gradients before them. */
import { expect, test } from 'vitest'
import { AdamW, clipByGlobalNorm, decaysAllButNormsAndBiases, findNonFinite } from './adamw.ts'
import { ParameterSet } from './parameter-set.ts'

/** Storage is float32: 24 bits of mantissa. */
const FLOAT32_TOLERANCE = 1e-6

function twoParameters(): ParameterSet {
  return ParameterSet.from([
    { name: 'weight', shape: [1, 2], data: Float32Array.of(1, -2) },
    { name: 'bias', shape: [1], data: Float32Array.of(0.5) },
  ])
}

function gradientsOf(parameters: ParameterSet, values: readonly number[]): ParameterSet {
  const gradients = parameters.zerosLike()
  gradients.values.set(values)
  return gradients
}

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length)
  expected.forEach((value, index) => expect(Math.abs(found[index]! - value)).toBeLessThan(FLOAT32_TOLERANCE))
}

/** The update written out from the paper (Loshchilov and Hutter, algorithm 2) for one scalar, with decay taken first as torch does. */
function scalarSteps(start: number, gradients: readonly number[], { learningRate, weightDecay }: { learningRate: number; weightDecay: number }): number {
  let [value, m, v] = [start, 0, 0]
  gradients.forEach((g, index) => {
    const step = index + 1
    value -= learningRate * weightDecay * value
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    value -= (learningRate * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
  })
  return value
}

test('steps follow the formula, decay decoupled from the gradient', () => {
  const parameters = twoParameters()
  const optimizer = new AdamW(parameters, { weightDecay: 0.1 })
  optimizer.step(parameters, gradientsOf(parameters, [0.3, -4, 1e-3]), { learningRate: 0.01 })
  optimizer.step(parameters, gradientsOf(parameters, [-0.2, 2, 0]), { learningRate: 0.01 })
  const run = { learningRate: 0.01, weightDecay: 0.1 }
  expectClose(parameters.values, [scalarSteps(1, [0.3, -0.2], run), scalarSteps(-2, [-4, 2], run), scalarSteps(0.5, [1e-3, 0], run)])
})

test('a parameter without gradient is neither moved nor decayed, and its step is not counted', () => {
  const parameters = twoParameters()
  const optimizer = new AdamW(parameters)
  const gradients = gradientsOf(parameters, [1, 1, 1])
  optimizer.step(parameters, gradients, { learningRate: 0.1, hasGradient: (name) => name !== 'bias' })
  expect(parameters.view('bias')[0]).toBe(0.5)
  expect(optimizer.exportState().steps).toEqual({ weight: 1, bias: 0 })
  optimizer.step(parameters, gradients, { learningRate: 0.1 })
  expectClose(parameters.view('bias'), [scalarSteps(0.5, [1], { learningRate: 0.1, weightDecay: 0.01 })])
})

test('a zero gradient is a gradient: the parameter decays', () => {
  const parameters = twoParameters()
  new AdamW(parameters, { weightDecay: 0.5 }).step(parameters, parameters.zerosLike(), { learningRate: 0.1 })
  expectClose(parameters.values, [0.95, -1.9, 0.475])
})

test('norms and biases can be spared from decay', () => {
  const parameters = twoParameters()
  const optimizer = new AdamW(parameters, { weightDecay: 0.5, isDecayed: decaysAllButNormsAndBiases })
  optimizer.step(parameters, parameters.zerosLike(), { learningRate: 0.1 })
  expectClose(parameters.values, [0.95, -1.9, 0.5])
})

test.each([
  ['model.layers.0.input_layernorm.weight', false],
  ['model.layers.0.self_attn.q_norm.weight', false],
  ['model.norm.weight', false],
  ['weaver.prompt_latent_ln.weight', false],
  ['reasoner_to_weaver.bias', false],
  ['weaver.prompt_latent_scale', true],
  ['weaver.prompt_query_latents', true],
  ['model.layers.0.self_attn.q_proj.weight', true],
])('sparing norms and biases, %s is decayed: %s', (name, isDecayed) => {
  expect(decaysAllButNormsAndBiases({ name, shape: [1], count: 1 })).toBe(isDecayed)
})

test('an optimizer that goes on from an exported state takes bit-equal steps', () => {
  const parameters = twoParameters()
  const optimizer = new AdamW(parameters)
  optimizer.step(parameters, gradientsOf(parameters, [0.1, 0.2, 0.3]), { learningRate: 0.1 })
  const copy = parameters.snapshot()
  const resumed = new AdamW(copy)
  resumed.importState(optimizer.exportState())
  const gradients = gradientsOf(parameters, [0.3, -0.1, 0.2])
  optimizer.step(parameters, gradients, { learningRate: 0.1 })
  resumed.step(copy, gradients, { learningRate: 0.1 })
  expect(copy.values).toEqual(parameters.values)
  expect(resumed.exportState()).toEqual(optimizer.exportState())
})

test('clipping scales all gradients to the norm, and leaves smaller ones alone', () => {
  const gradients = gradientsOf(twoParameters(), [2, -3, 6])
  expect(clipByGlobalNorm(gradients, 10)).toBe(7)
  expect(gradients.values).toEqual(Float32Array.of(2, -3, 6))
  expect(clipByGlobalNorm(gradients, 1)).toBe(7)
  expectClose(gradients.values, [2 / 7, -3 / 7, 6 / 7])
})

test('the first parameter that is not finite is named', () => {
  const gradients = twoParameters().zerosLike()
  expect(findNonFinite(gradients)).toBeUndefined()
  gradients.view('bias')[0] = Infinity
  expect(findNonFinite(gradients)).toBe('bias')
  gradients.view('weight')[1] = NaN
  expect(findNonFinite(gradients)).toBe('weight')
})
