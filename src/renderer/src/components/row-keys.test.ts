import { expect, it } from 'vitest'
import { rowOfKey } from './row-keys.ts'

const plain = { altKey: false, ctrlKey: false, metaKey: false }
const go = (key: string, from: number, count = 40) => rowOfKey({ ...plain, key }, from, count)

it('keys go to rows beside, a page away and at the ends, and never beyond them', () => {
  expect([go('ArrowDown', 3), go('ArrowUp', 3), go('PageDown', 3), go('PageUp', 20), go('Home', 3), go('End', 3)]).toEqual([4, 2, 18, 5, 0, 39])
  expect([go('ArrowDown', 39), go('ArrowUp', 0), go('PageDown', 39), go('PageUp', 3)]).toEqual([39, 0, 39, 0])
  expect(go('ArrowDown', -1)).toBe(0)
})

it('other keys, chords and an empty list go nowhere', () => {
  expect([go('a', 3), go('End', -1, 0), rowOfKey({ ...plain, altKey: true, key: 'ArrowDown' }, 3, 40)]).toEqual([null, null, null])
})
