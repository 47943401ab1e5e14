/** @file Tables that are kept are those that would be computed. */
import { expect, test } from 'vitest'
import { ropeFrequencies, ropeTables, type RopeConfig } from './rope.ts'
import { RopeTable } from './rope-table.ts'

const plain: RopeConfig = { headDim: 8, ropeTheta: 10_000, maxPositionEmbeddings: 16, ropeScaling: { type: 'none' } }
const dynamic: RopeConfig = { ...plain, ropeScaling: { type: 'dynamic', factor: 2 } }

test('positions in any order, also later ones than before, get the numbers that they get alone', () => {
  const table = new RopeTable(plain)
  for (const positions of [[0, 1, 2], [7, 0, 7], [40], [3]]) expect(table.at(positions, 41)).toEqual(ropeTables(ropeFrequencies(plain, 41), positions))
})

test('a sequence whose length changes the frequencies gets its own, and a shorter one after it those of before', () => {
  const table = new RopeTable(dynamic)
  for (const length of [10, 16, 17, 40, 12]) expect(table.at([3, length - 1], length)).toEqual(ropeTables(ropeFrequencies(dynamic, length), [3, length - 1]))
})
