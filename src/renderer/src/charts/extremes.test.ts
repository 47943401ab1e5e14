import fc from 'fast-check'
import { expect, it } from 'vitest'
import { extremesInWindow, pointsInWindow } from './extremes.ts'
import { firstAtOrAfter, seriesOf } from './series.ts'

const values = fc.array(fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }), { maxLength: 600 })

it('gives every point of the window, and one beyond each end, while they are few', () => {
  const series = seriesOf([5, 6, 7, 8, 9])
  expect(pointsInWindow(series, { window: { min: 1.5, max: 2.5 }, bins: 10 })).toEqual([[1, 6], [2, 7], [3, 8]])
  expect(pointsInWindow(series, { window: { min: -1, max: 10 }, bins: 10 })).toHaveLength(5)
  expect(pointsInWindow(seriesOf([]), { window: { min: -1, max: 10 }, bins: 10 })).toEqual([])
})

it('keeps the lowest and the highest value of the window, however few bins there are', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 40 }), (numbers, bins) => {
      const window = { min: -1, max: numbers.length }
      const kept = extremesInWindow(seriesOf(numbers), { window, bins }).map((index) => numbers[index] ?? Number.NaN).filter((value) => !Number.isNaN(value))
      const finite = numbers.filter((value) => !Number.isNaN(value))
      expect(Math.min(...kept)).toBe(Math.min(...finite))
      expect(Math.max(...kept)).toBe(Math.max(...finite))
    }),
  )
})

it('rises, repeats nothing and stays within two points a bin and the edges', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 40 }), fc.integer({ min: -5, max: 300 }), fc.integer({ min: 8, max: 600 }), (numbers, bins, min, span) => {
      const kept = extremesInWindow(seriesOf(numbers), { window: { min, max: min + span }, bins })
      expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b))
      expect(kept.length).toBeLessThanOrEqual(2 * (bins + 3))
    }),
  )
})

it('keeps the gaps of a long series', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => (index >= 400 && index < 600 ? Number.NaN : 1))
  const points = pointsInWindow(seriesOf(numbers), { window: { min: -1, max: 1000 }, bins: 20 })
  expect(points.some(([x, y]) => x >= 400 && x < 600 && Number.isNaN(y))).toBe(true)
})

it('finds the first point at or after a place', () => {
  const series = seriesOf([1, 1, 1])
  expect([-1, 0, 0.5, 2, 3].map((x) => firstAtOrAfter(series, x))).toEqual([0, 0, 1, 2, 3])
})
