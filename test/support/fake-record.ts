/** @file The compact record of a fake completion: two tokens after one prompt insertion. It does not know what was asked. */
import type { CompactRecord, LatentRecord } from '../../src/shared/domain/compact-record.ts'
import { FAKE_SIZES } from './fake-rollout.ts'

/** A generation of the fake engine takes these tokens and decisions too, as far as it goes. */
export function fakeRecord(text: string, latents: LatentRecord): CompactRecord {
  const block = Float32Array.from({ length: FAKE_SIZES.latents * FAKE_SIZES.hiddenSize }, (_, index) => index)
  return {
    promptTokenCount: 1,
    tokenIds: Int32Array.of(10, 11),
    texts: [text, ''],
    logprobs: Float32Array.of(-0.5, -0.5),
    entropies: Float32Array.of(1.25, 1.25),
    asked: [{ stepIndex: 0, decision: 1, source: 'model', delimiter: null, triggerLogits: [0, 1] }],
    donors: null,
    weaves: [{ stepIndex: 0, kind: 'prompt', contextLength: 5, norms: [1, 2], latents: latents === 'none' ? null : block, latentsBeforeProjection: latents === 'all' ? block.map((value) => value + 0.5) : null }],
  }
}
