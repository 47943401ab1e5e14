import { expect, test } from 'vitest'
import { massByStep, meanByHead } from './attention-view.ts'

/** 1 layer, 2 heads, 2 latents, 2 steps. */
const attention = { layers: 1, heads: 2, latents: 2, stepIndices: [4, 5], mass: Float32Array.from([0.125, 0.25, 0.5, 0.25, 0, 0, 0, 0.5]) }

test('each head has its mean over steps, of one latent or of the block', () => {
  expect(meanByHead(attention, null)).toEqual([[0.5625, 0.25]])
  expect(meanByHead(attention, 0)).toEqual([[0.1875, 0]])
})

test('each step has the attention to the block, of one head or as a mean', () => {
  expect(massByStep(attention, { layer: 0, head: 0 })).toEqual([0.625, 0.5])
  expect(massByStep(attention, null)).toEqual([0.3125, 0.5])
})

test('a block at the end of its trace has no steps after it', () => {
  const none = { ...attention, stepIndices: [], mass: new Float32Array(0) }
  expect(meanByHead(none, null)).toEqual([[0, 0]])
  expect(massByStep(none, null)).toEqual([])
})
