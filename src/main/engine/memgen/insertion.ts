/** @file One insertion of a row, from what the weaver gave to what the reasoner reads. It does not know the other rows. */
import type { LatentEdit } from '../../../shared/domain/branch.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import { InterventionError } from './interventions.ts'
import { editedCount, editLatents } from './latent-edits.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RolloutRow } from './rollout-row.ts'
import { weaveKindAt } from './row-plan.ts'
import { createStream } from './sampling/random-streams.ts'
import type { WovenLatents } from './weaver.ts'

export interface Insertion {
  readonly kind: WeaveKind
  /** Attended positions before the latents. */
  readonly contextLength: number
  readonly woven: WovenLatents
  /** What is injected: the woven latents or what was made of them, [K, hidden]. */
  readonly latents: Float32Array
  readonly intervention: LatentEdit | null
}

/** How many latents the row's next insertion injects. */
export function insertionLength({ config, memory }: MemGenModel, { plan, stepIndex }: RolloutRow): number {
  const { promptLatentsLen = 0, inferenceLatentsLen = 0 } = memory?.checkpoint ?? {}
  const count = weaveKindAt(stepIndex) === 'prompt' ? promptLatentsLen : inferenceLatentsLen
  const edit = plan.editAt(stepIndex)
  return edit === null ? count : editedCount(edit, count, config.hiddenSize)
}

/**
 * What the row will read. Edits come after the projection to the reasoner, so the reasoner and every later weaver
 * call read the changed latents. Draws depend on run, sample and step alone: a row that was rewound or forked draws them again.
 * @throws InterventionError when the edit gives no finite latents
 */
export async function prepareInsertion({ config: { hiddenSize } }: MemGenModel, { plan, request, stepIndex, context, augmentationCount }: RolloutRow, woven: WovenLatents): Promise<Insertion> {
  const edit = plan.editAt(stepIndex)
  const kind = weaveKindAt(stepIndex)
  const insertion = { kind, contextLength: context.length, woven, intervention: edit?.edit ?? null }
  if (edit === null) return { ...insertion, latents: woven.latents }
  const { sampleId, repeat, donor } = request
  const { seed } = plan.runAt(stepIndex).config
  const stream = createStream({ seed, sampleId, repeat }, `intervention at step ${stepIndex}`)
  const latents = await editLatents(edit, woven.latents, { hiddenSize, kind, ordinal: augmentationCount, stream, donor })
  if (!latents.every(Number.isFinite)) throw new InterventionError(`the intervention ${edit.edit.kind} gave latents that are not finite`)
  return { ...insertion, latents }
}
