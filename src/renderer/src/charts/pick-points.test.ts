/** @file Picking points: inside a line drawn anyhow, and next to a place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestPoint, pointsInside } from './pick-points.ts'

const points = { x: Float32Array.of(0, 1, 2, 5), y: Float32Array.of(0, 1, 0, 5) }
const all = (): boolean => true

test('a square holds what lies in it, of what is shown', () => {
  const square: [number, number][] = [[-1, -1], [3, -1], [3, 3], [-1, 3]]
  expect(pointsInside(points, square, all)).toEqual([0, 1, 2])
  expect(pointsInside(points, square, (index) => index !== 1)).toEqual([0, 2])
})

test('a line of two places holds nothing', () => {
  expect(pointsInside(points, [[-9, -9], [9, 9]], all)).toEqual([])
})

test('a dent keeps out what lies in it', () => {
  expect(pointsInside(points, [[-1, -1], [3, -1], [3, 3], [1, 0.5], [-1, 3]], all)).toEqual([0, 2])
})

test('the direction in which a line was drawn does not matter', () => {
  // Corners between the points' lattice: a point on a side is in or out by rounding.
  const coordinate = fc.integer({ min: -5, max: 8 }).map((whole) => whole + Math.SQRT1_2)
  const place = fc.tuple(coordinate, coordinate.map((y) => y - 1 / Math.PI))
  fc.assert(fc.property(fc.array(place, { maxLength: 12 }), (polygon) => {
    expect(pointsInside(points, polygon.toReversed(), all)).toEqual(pointsInside(points, polygon, all))
  }))
})

test('the nearest point counts each axis by its own reach', () => {
  expect(nearestPoint(points, [1.2, 0.9], [1, 1], all)).toBe(1)
  expect(nearestPoint(points, [1.2, 0.2], [1, 0.1], all)).toBeNull()
  expect(nearestPoint(points, [1.2, 0.2], [1, 1], (index) => index === 2)).toBe(2)
})
