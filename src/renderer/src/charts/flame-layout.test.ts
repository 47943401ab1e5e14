import { describe, expect, it } from 'vitest'
import type { ProfileFrame } from '../../../shared/domain/profile.ts'
import { frameAt, framesAlong, layOutFlame, moveInFlame, rectAt, type FramePath } from './flame-layout.ts'

const frame = (name: string, ms: number, children: ProfileFrame[] = []): ProfileFrame => ({ name, kind: 'phase', ms, count: 1, children })
const root = frame('generation', 100, [
  frame('decide', 10, [frame('trigger', 8)]),
  frame('weave', 30, [frame('queries', 5), frame('weaver', 20)]),
  frame('decode', 50),
])
const placesOf = (zoom: FramePath): [string, number, number, number][] => layOutFlame(root, zoom).map(({ frame: { name }, depth, start, end }) => [name, depth, start, end])

describe('layOutFlame', () => {
  it('gives each child its share of the parent, and leaves what no child took empty', () => {
    expect(placesOf([])).toEqual([
      ['generation', 0, 0, 1],
      ['decide', 1, 0, 0.1],
      ['trigger', 2, 0, expect.closeTo(0.08)],
      ['weave', 1, 0.1, expect.closeTo(0.4)],
      ['queries', 2, 0.1, expect.closeTo(0.15)],
      ['weaver', 2, expect.closeTo(0.15), expect.closeTo(0.35)],
      ['decode', 1, expect.closeTo(0.4), expect.closeTo(0.9)],
    ])
  })

  it('zoomed, gives the whole width to the frame and those above it, and leaves its neighbours out', () => {
    expect(placesOf([1]).map(([name, , start, end]) => [name, start, end])).toEqual([
      ['generation', 0, 1],
      ['weave', 0, 1],
      ['queries', 0, expect.closeTo(1 / 6)],
      ['weaver', expect.closeTo(1 / 6), expect.closeTo(5 / 6)],
    ])
  })

  it('keeps children inside a parent whose time they sum past', () => {
    const rects = layOutFlame(frame('whole', 10, [frame('a', 6), frame('b', 6)]), [])
    expect(rects.map(({ end }) => end)).toEqual([1, 0.5, 1])
  })

  it('draws the root alone where nothing took time', () => {
    expect(layOutFlame(frame('whole', 0, [frame('a', 0)]), [])).toHaveLength(1)
  })
})

it('finds the frame under a place, and none beside them', () => {
  const rects = layOutFlame(root, [])
  expect(rectAt(rects, 0.2, 1)?.frame.name).toBe('weave')
  expect(rectAt(rects, 0.95, 1)).toBeUndefined()
})

it('finds frames by path, and none where the tree ends', () => {
  expect(frameAt(root, [1, 1])?.name).toBe('weaver')
  expect(frameAt(root, [1, 7])).toBeNull()
  expect(framesAlong(root, [1, 1]).map(({ name }) => name)).toEqual(['generation', 'weave', 'weaver'])
})

it('moves up, down to the longest child, along the row across parents, and stays at the ends', () => {
  const rects = layOutFlame(root, [])
  expect(moveInFlame(rects, [1], 'down')).toEqual([1, 1])
  expect(moveInFlame(rects, [1, 1], 'up')).toEqual([1])
  expect(moveInFlame(rects, [0, 0], 'right')).toEqual([1, 0])
  expect(moveInFlame(rects, [1, 1], 'first')).toEqual([0, 0])
  expect(moveInFlame(rects, [2], 'right')).toEqual([2])
  expect(moveInFlame(rects, [2], 'down')).toEqual([2])
  expect(moveInFlame(rects, [], 'up')).toEqual([])
})

it('begins at the root where the path is not on the chart', () => {
  expect(moveInFlame(layOutFlame(root, [1]), [2], 'left')).toEqual([])
})
