import { expect, it } from 'vitest'
import { axisRange } from './token-axis.ts'
import { moved, showing, windowOn, zoomed } from './token-window.ts'

it('is the whole axis until something else is asked for', () => {
  expect(windowOn(null, 100)).toEqual(axisRange(100))
})

it('zooms around the pointer, which keeps its token', () => {
  const window = zoomed({ min: 100, max: 200 }, 0.5, 175, 1000)
  expect(window).toEqual({ min: 137.5, max: 187.5 })
})

it('zooms in to some tokens at most, and out to everything', () => {
  const nearest = zoomed({ min: 100, max: 110 }, 0.01, 105, 1000)
  expect(nearest).toEqual({ min: 101, max: 109 })
  expect(zoomed({ min: 100, max: 200 }, 100, 150, 1000)).toBeNull()
})

it('keeps its width at the ends of the axis', () => {
  expect(moved({ min: 10, max: 30 }, -50, 1000)).toEqual({ min: -1, max: 19 })
  expect(moved({ min: 10, max: 30 }, 5000, 1000)).toEqual({ min: 979.5, max: 999.5 })
})

it('moves no further than a step needs to be seen', () => {
  const window = { min: 100, max: 200 }
  expect(showing(window, 150, 1000)).toBe(window)
  expect(showing(window, 300, 1000)).toEqual({ min: 205, max: 305 })
  expect(showing(window, 50, 1000)).toEqual({ min: 45, max: 145 })
})
