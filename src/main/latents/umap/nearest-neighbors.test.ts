/** @file Neighbours by descent against all pairs compared. */
import { expect, test } from 'vitest'
import type { Matrix } from '../../../shared/domain/weave.ts'
import { findNearestNeighbors } from './nearest-neighbors.ts'
import { createRandomNumbers } from './random-numbers.ts'

/** Points around ten centres, in twelve dimensions of which each matters less than the one before. */
function scattered(rows: number): Matrix {
  const { next } = createRandomNumbers(7)
  const columns = 12
  const centres = Array.from({ length: 10 * columns }, () => 6 * next())
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, (_, at) => centres[(Math.floor(at / columns) % 10) * columns + (at % columns)]! + (next() + next()) / (1 + (at % columns))) }
}

const points = scattered(600)
const exact = findNearestNeighbors(points, 10, { random: createRandomNumbers(1) })
const found = (seed: number) => findNearestNeighbors(points, 10, { random: createRandomNumbers(seed), exactLimit: 0 })

test('of all pairs compared, each list holds the nearest in order', () => {
  const distances = Array.from({ length: points.rows }, (_, row) => Math.hypot(...Array.from({ length: 12 }, (_, d) => points.data[row * 12 + d]! - points.data[d]!)))
  const nearest = distances.map((distance, row) => ({ distance, row })).filter(({ row }) => row !== 0).sort((a, b) => a.distance - b.distance)
  expect([...exact.indices.subarray(0, 10)]).toEqual(nearest.slice(0, 10).map(({ row }) => row))
})

test('descent finds nearly all of them', () => {
  const { indices } = found(1)
  const hits = Array.from({ length: points.rows }, (_, row) => {
    const wanted = new Set(exact.indices.subarray(row * 10, (row + 1) * 10))
    return indices.subarray(row * 10, (row + 1) * 10).filter((other) => wanted.has(other)).length
  })
  expect(hits.reduce((sum, count) => sum + count, 0) / exact.indices.length).toBeGreaterThan(0.97)
})

test('the seed decides', () => {
  expect(found(3).indices).toEqual(found(3).indices)
})

test('copies of a point end the splitting of trees', () => {
  const copies: Matrix = { rows: 200, columns: 2, data: new Float32Array(400).fill(1) }
  const { indices, distances } = findNearestNeighbors(copies, 5, { random: createRandomNumbers(1), exactLimit: 0 })
  expect(distances.every((distance) => distance === 0)).toBe(true)
  expect(indices.every((other, place) => other >= 0 && other !== Math.floor(place / 5))).toBe(true)
})
