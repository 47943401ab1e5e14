import { expect, test } from 'vitest'
import { contextNeighbours } from './context-neighbours.ts'

test('neighbours are the context positions with the largest absolute cosine, each with its place', () => {
  const similarity = {
    latents: 2,
    between: new Float32Array(4),
    toContext: Float32Array.from([0.1, -0.9, 0.3, 0.5, 0.2, 0.4]),
    context: [
      { kind: 'prompt' as const, index: 0, text: 'What' },
      { kind: 'latent' as const, index: 0, text: '1' },
      { kind: 'step' as const, index: 2, text: '.' },
    ],
    contextNorms: new Float32Array(3),
    queryNorms: new Float32Array(2),
    effectiveRank: 1,
    randomNearest: [0, 0, 0],
    nearest: [],
  }
  expect(contextNeighbours(similarity, 0, 2).map(({ label, text }) => [label, text])).toEqual([['latent 1 before step 0', ''], ['step 2', '.']])
  expect(contextNeighbours(similarity, 1, 1)).toEqual([{ label: 'prompt token 0', text: 'What', cosine: 0.5 }])
})
