import { expect, it } from 'vitest'
import { middleBand, quantileOfSorted } from './quantiles.ts'
import { axisRange, latentPosition, stepAt } from './token-axis.ts'

it('gives the latents of step 0 a place before it', () => {
  expect(axisRange(1000)).toEqual({ min: -1, max: 999.5 })
  const positions = [0, 1, 2].map((latent) => latentPosition(0, latent, 3))
  expect(positions.every((position) => position > -1 && position < 0)).toBe(true)
  expect(positions.toSorted((a, b) => a - b)).toEqual(positions)
})

it('does not stretch the first tokens over the whole axis', () => {
  expect(axisRange(0)).toEqual({ min: -1, max: 23.5 })
})

it('finds the step nearest to a point, and none outside the trace', () => {
  expect([-0.6, -0.4, 3.4, 3.6, 9.6].map((position) => stepAt(position, 10))).toEqual([null, 0, 3, 4, null])
})

it('interpolates quantiles as numpy does', () => {
  expect(quantileOfSorted([1, 2, 3, 4], 0.25)).toBeCloseTo(1.75)
  expect(middleBand([])).toBeNull()
  expect(middleBand([5])).toEqual({ low: 5, median: 5, high: 5 })
})
