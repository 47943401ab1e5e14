/** @file Compact records as rows. */
import { expect, test } from 'vitest'
import { unpackTurn } from './runs-command.ts'

test('every token is a row, with what was asked and woven before it', () => {
  const rows = unpackTurn({
    sampleId: 's',
    repeat: 1,
    turn: 0,
    domain: null,
    reward: 1,
    record: {
      promptTokenCount: 3,
      tokenIds: Int32Array.of(7, 8),
      texts: ['a', 'b'],
      logprobs: Float32Array.of(-0.5, -0.25),
      entropies: Float32Array.of(1, 2),
      asked: [{ stepIndex: 0, decision: 1, source: 'model', delimiter: null, triggerLogits: [0, 1] }],
      donors: null,
      weaves: [{ stepIndex: 0, kind: 'prompt', contextLength: 3, norms: [4, 5], latents: null, latentsBeforeProjection: null }],
    },
  })
  expect(rows).toEqual([
    { sampleId: 's', repeat: 1, turn: 0, step: 0, tokenId: 7, text: 'a', logprob: -0.5, entropy: 1, decision: 1, source: 'model', delimiter: null, triggerLogits: [0, 1], weave: { kind: 'prompt', norms: [4, 5] } },
    { sampleId: 's', repeat: 1, turn: 0, step: 1, tokenId: 8, text: 'b', logprob: -0.25, entropy: 2 },
  ])
})
