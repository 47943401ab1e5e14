import { expect, it } from 'vitest'
import { createFrameBatch } from './frame-batch.ts'

it('hands on everything of one frame at once, in order', () => {
  const frames: (() => void)[] = []
  const flushed: number[][] = []
  const batch = createFrameBatch<number>((items) => flushed.push(items), { schedule: (run) => frames.push(run) })
  batch.push(1)
  batch.push(2)
  expect(batch.pending()).toEqual([1, 2])
  frames.shift()?.()
  batch.push(3)
  frames.shift()?.()
  expect(flushed).toEqual([[1, 2], [3]])
  expect(frames).toEqual([])
})

it('hands on nothing that was cleared', () => {
  const frames: (() => void)[] = []
  const flushed: number[][] = []
  const batch = createFrameBatch<number>((items) => flushed.push(items), { schedule: (run) => frames.push(run) })
  batch.push(1)
  batch.clear()
  frames.shift()?.()
  expect(flushed).toEqual([])
})
