/** @file Draws are named by their purpose and stay within what they were asked for. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDraws } from './draws.ts'

const manyInts = (draws: ReturnType<typeof createDraws>): number[] => Array.from({ length: 20 }, () => draws.int(0, 1000))

test('the same seed, purpose and index draw the same values, and each of the three matters', () => {
  const reference = manyInts(createDraws(1, 'a', 2))
  expect(manyInts(createDraws(1, 'a', 2))).toEqual(reference)
  for (const other of [createDraws(2, 'a', 2), createDraws(1, 'b', 2), createDraws(1, 'a', 3)]) expect(manyInts(other)).not.toEqual(reference)
})

test('an integer lies between its ends, both of which occur', () => {
  const draws = createDraws(1, 'ends')
  const drawn = new Set(Array.from({ length: 200 }, () => draws.int(-1, 2)))
  expect([...drawn].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
})

test('a shuffle keeps every item and leaves its argument alone', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
      const before = [...items]
      const shuffled = createDraws(seed, 'shuffle').shuffle(items)
      expect(items).toEqual(before)
      expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b))
    }),
  )
})
