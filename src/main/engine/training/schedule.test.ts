/** @file Schedules against values of transformers' own formulas. */
import { expect, test } from 'vitest'
import { scheduleLearningRate, warmupSteps } from './schedule.ts'

const run = { learningRate: 2, totalSteps: 10, warmupRatio: 0.15 }

function ratesOf(type: Parameters<typeof scheduleLearningRate>[0]['type']): number[] {
  const rate = scheduleLearningRate({ ...run, type })
  return Array.from({ length: 11 }, (_, step) => rate(step))
}

test('the warm-up takes the ratio of all steps, rounded up', () => {
  expect(warmupSteps(10, 0.15)).toBe(2)
  expect(warmupSteps(10, 0)).toBe(0)
})

test('after a linear rise from 0 the cosine falls over half a period', () => {
  const rates = ratesOf('cosine')
  expect(rates.slice(0, 3)).toEqual([0, 1, 2])
  expect(rates[4]).toBeCloseTo(1 + Math.cos(Math.PI / 4), 12)
  expect(rates[6]).toBeCloseTo(1, 12)
  expect(rates[10]).toBeCloseTo(0, 12)
})

test('the linear schedule ends at 0', () => {
  expect(ratesOf('linear')).toEqual([0, 1, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25, 0])
})

test('the constant schedule stays where the warm-up led', () => {
  expect(ratesOf('constant')).toEqual([0, 1, ...Array<number>(9).fill(2)])
  expect(scheduleLearningRate({ ...run, type: 'constant', warmupRatio: 0 })(0)).toBe(2)
})

test('a run that is longer than planned stays at the last rate', () => {
  expect(scheduleLearningRate({ ...run, type: 'linear' })(12)).toBe(0)
})
