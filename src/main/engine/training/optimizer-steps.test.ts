/** @file What a step does to parameters, and what stops it before it does anything. */
import { expect, test } from 'vitest'
import { DivergenceError, OptimizerSteps, type OptimizerOptions } from './optimizer-steps.ts'
import { ParameterSet } from './parameter-set.ts'

const options: OptimizerOptions = { learningRate: 0.1, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decayNormsAndBiases: false, schedule: 'linear', warmupRatio: 0, maxGradNorm: 1 }

function setOf(values: readonly number[]): ParameterSet {
  return ParameterSet.from([{ name: 'w', shape: [values.length], data: Float32Array.from(values) }])
}

test('a step moves against the gradient at the schedule’s rate and tells the norm before clipping', () => {
  const parameters = setOf([1, 1])
  const taken = new OptimizerSteps(parameters, options, 10).take(5, 0.5, parameters, setOf([30, -40]))
  expect(taken).toEqual({ learningRate: 0.05, gradientNorm: 50 })
  expect([...parameters.values].map((value) => Math.round(value * 100) / 100)).toEqual([0.95, 1.05])
})

test.each([
  ['the loss', Number.NaN, [1, 1], null],
  ['a gradient', 1, [1, Number.POSITIVE_INFINITY], 'w'],
])('%s that is no number stops the step, which is named', (_, loss, gradient, tensorName) => {
  const parameters = setOf([1, 2])
  const attempt = (): unknown => new OptimizerSteps(parameters, options, 10).take(2, loss, parameters, setOf(gradient))
  expect(attempt).toThrow(DivergenceError)
  expect(attempt).toThrow(expect.objectContaining({ step: 3, tensorName }) as Error)
  expect([...parameters.values]).toEqual([1, 2])
})

test('a loss that is no number is told by the parameter it came from', () => {
  const parameters = setOf([1, Number.NaN])
  const attempt = (): unknown => new OptimizerSteps(parameters, options, 10).take(2, Number.NaN, parameters, setOf([1, 1]))
  expect(attempt).toThrow('Training diverged at step 3: w holds NaN or infinite values (loss NaN)')
})

test('no limit on the norm leaves gradients as they are', () => {
  const gradients = setOf([30, 40])
  const parameters = setOf([0, 0])
  new OptimizerSteps(parameters, { ...options, maxGradNorm: 0 }, 1).take(0, 1, parameters, gradients)
  expect([...gradients.values]).toEqual([30, 40])
})
