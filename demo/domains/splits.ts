/** @file Every split of the demo by name, and the mixture of pre-training. Does not know tokens or files. */
import { baseDomainHeldOut, baseDomainSample } from './base-domain.ts'
import { noteFactsSample, promptFactsSample } from './fact-domain.ts'
import { newDomainHeldOut, newDomainSample } from './new-domain.ts'
import type { DemoSample } from './sample.ts'

/** Problems of each held-out split. */
export const HELD_OUT_COUNT = 2000

export type SampleDraw = (seed: number, index: number) => DemoSample

/** Pre-training: stories, facts in the prompt and facts as notes in turn, a third each in every batch. */
const PRETRAINING_KINDS: readonly SampleDraw[] = [baseDomainSample, promptFactsSample, noteFactsSample]

/** Sample `index` of an endless pre-training corpus. */
export function pretrainingSample(seed: number, index: number): DemoSample {
  return PRETRAINING_KINDS[index % PRETRAINING_KINDS.length]!(seed, index)
}

/** The endless splits to train on: any sample by seed and index, drawn when asked for. */
export const TRAINING_SPLITS = {
  pretraining: pretrainingSample,
  base: baseDomainSample,
  new: newDomainSample,
} satisfies Record<string, SampleDraw>

/** The splits to evaluate on, always the same problems. "new-with-facts" is "new" with its facts given as text. */
export const HELD_OUT_SPLITS = {
  base: () => baseDomainHeldOut(HELD_OUT_COUNT),
  new: () => newDomainHeldOut(HELD_OUT_COUNT),
  'new-with-facts': () => newDomainHeldOut(HELD_OUT_COUNT, { withFacts: true }),
} satisfies Record<string, () => DemoSample[]>
