/** @file Heads find their cells and their way back. */
import { expect, test } from 'vitest'
import { ATTENDED_ROWS } from '../decoder/head-layout.ts'
import { cellFeeds } from './cell-feeds.ts'
import { cutChunk } from './ragged-batch.ts'

const chunk = cutChunk(
  [
    { row: 1, ids: [7], positions: [0] },
    { row: 2, ids: [8, 9], positions: [0, 1] },
  ],
  0,
  2,
  1,
)

function numbers(name: string, numAttentionHeads: number): number[] {
  const joined = { name: 'keys', heads: 1, perToken: 4, offset: 2 }
  return [...(cellFeeds(chunk, [joined], numAttentionHeads)[name]?.data as BigInt64Array)].map(Number)
}

test('each cell takes its own token, at the head that is asked for; an empty one takes any', () => {
  expect(numbers('keys', 2)).toEqual([2, 2, 6, 10])
})

test('each token finds its heads again among all rows of the rectangle', () => {
  expect(numbers(ATTENDED_ROWS, 2)).toEqual([0, 2, 4, 6, 5, 7])
})
