/** @file One insertion of a row, from what the weaver gave to what the reasoner reads. It does not know the other rows. */
import type { LatentEdit } from '../../../shared/domain/branch.ts'
import type { Matrix, WeaveKind } from '../../../shared/domain/weave.ts'
import { isNearCluster } from './cluster-ablation.ts'
import { InterventionError, type InterventionSources } from './interventions.ts'
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
  /** What is injected: the woven latents or what was made of them, [K, hidden]; empty where an ablation leaves the block out. */
  readonly latents: Float32Array
  /** Of the reasoner. */
  readonly hiddenSize: number
  readonly intervention: LatentEdit | null
}

/** How many latents the row's next insertion injects; an ablation looks at them before it leaves any out, so they are given room. */
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
export async function prepareInsertion({ config: { hiddenSize }, vocabulary }: MemGenModel, { plan, request, stepIndex, context, augmentationCount }: RolloutRow, woven: WovenLatents): Promise<Insertion> {
  const edit = plan.editAt(stepIndex)
  const kind = weaveKindAt(stepIndex)
  const insertion = { kind, contextLength: context.length, woven, hiddenSize, intervention: edit?.edit ?? null }
  if (edit === null) return { ...insertion, latents: woven.latents }
  const { sampleId, repeat, donor, centroids } = request
  const { seed } = plan.runAt(stepIndex).config
  const stream = createStream({ seed, sampleId, repeat }, `intervention at step ${stepIndex}`)
  const sources = { hiddenSize, kind, ordinal: augmentationCount, stream, donor, isNearCluster: clusterQuestion(vocabulary, centroids) }
  const latents = await editLatents(edit, woven.latents, sources)
  if (!latents.every(Number.isFinite)) throw new InterventionError(`the intervention ${edit.edit.kind} gave latents that are not finite`)
  return { ...insertion, latents }
}

function clusterQuestion(vocabulary: MemGenModel['vocabulary'], centroids: Matrix | undefined): InterventionSources['isNearCluster'] {
  return (mean, ablation) => {
    if (centroids === undefined) throw new Error('internal: an ablation without centroids')
    return isNearCluster(vocabulary, mean, centroids, ablation)
  }
}
