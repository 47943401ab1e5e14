/** @file What a layout keeps of the points it lays out, and what decides it. */
import { expect, test } from 'vitest'
import type { Matrix } from '../../../shared/domain/weave.ts'
import { NeighborLists } from './neighbor-lists.ts'
import { buildFuzzyGraph } from './fuzzy-graph.ts'
import { createRandomNumbers } from './random-numbers.ts'
import { umapLayout } from './umap-layout.ts'

const options = { seed: 1, neighbors: 10, minDist: 0.1 }

/** Three groups of forty points, far apart in eight dimensions. */
function threeGroups(): Matrix {
  const { next } = createRandomNumbers(5)
  return { rows: 120, columns: 8, data: Float32Array.from({ length: 960 }, (_, at) => (at % 8 === Math.floor(at / 8) % 3 ? 20 : 0) + next()) }
}

test('a point of a group has none but its own beside it', () => {
  const { x, y } = umapLayout(threeGroups(), options)
  for (let row = 0; row < 120; row++) {
    const distances = Array.from(x, (_, other) => (other === row ? Infinity : Math.hypot(x[row]! - x[other]!, y[row]! - y[other]!)))
    expect(distances.indexOf(Math.min(...distances)) % 3).toBe(row % 3)
  }
})

test('the same points and seed give the same layout, another seed another', () => {
  const layout = umapLayout(threeGroups(), options)
  expect(umapLayout(threeGroups(), options)).toEqual(layout)
  expect(umapLayout(threeGroups(), { ...options, seed: 2 }).x).not.toEqual(layout.x)
})

test('fewer points than neighbours, and copies of one point, have a layout too', () => {
  const few: Matrix = { rows: 3, columns: 2, data: Float32Array.of(0, 0, 1, 0, 0, 1) }
  const copies: Matrix = { rows: 30, columns: 2, data: new Float32Array(60).fill(1) }
  for (const points of [few, copies]) {
    const { x, y } = umapLayout(points, options)
    expect(x).toHaveLength(points.rows)
    expect([...x, ...y].every(Number.isFinite)).toBe(true)
  }
})

test('progress rises to the end', () => {
  const fractions: number[] = []
  umapLayout(threeGroups(), { ...options, onProgress: (fraction) => fractions.push(fraction) })
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions.at(-1)).toBe(1)
})

test('edges weigh as much one way as the other, and those of a point sum up to the logarithm of its neighbours', () => {
  const lists = new NeighborLists(4, 2)
  const at = [0, 1, 3, 7]
  for (const [row, here] of at.entries()) for (const [other, there] of at.entries()) if (row !== other) lists.offer(row, other, (here - there) ** 2)
  const { heads, tails, weights } = buildFuzzyGraph(lists)
  const weightOf = new Map(Array.from(heads, (head, edge) => [`${head} ${tails[edge]!}`, weights[edge]!]))
  expect(weightOf.size).toBe(heads.length)
  for (const [edge, weight] of weightOf) expect(weightOf.get(edge.split(' ').reverse().join(' '))).toBeCloseTo(weight, 12)
  // The point at 7 is nobody's neighbour: its memberships are its own, 1 for the nearest and log2(3) - 1 for the other.
  expect(weightOf.get('3 2')).toBeCloseTo(1, 6)
  expect(weightOf.get('3 1')).toBeCloseTo(Math.log2(3) - 1, 6)
})
