/** @file Moving the shown part of zoomed axes. */
import { expect, test } from 'vitest'
import { movedPart } from './zoom-part.ts'

test('a part moves by a share of itself, so that what is held stays under the hand', () => {
  expect(movedPart({ start: 20, end: 60 }, 0.25)).toEqual({ start: 30, end: 70 })
  expect(movedPart({ start: 20, end: 60 }, -0.25)).toEqual({ start: 10, end: 50 })
})

test('a part keeps its length at the ends of the axis', () => {
  expect(movedPart({ start: 20, end: 60 }, 3)).toEqual({ start: 60, end: 100 })
  expect(movedPart({ start: 20, end: 60 }, -3)).toEqual({ start: 0, end: 40 })
})

test('the whole axis has nowhere to go', () => {
  expect(movedPart({ start: 0, end: 100 }, 0.5)).toEqual({ start: 0, end: 100 })
})
