/** @file One insertion of a row, from what the weaver gave to what the reasoner reads. It does not know the other rows. */
import type { LatentIntervention } from '../../../shared/domain/latent-intervention.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import { intervene, InterventionError } from './interventions.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { ResolvedRun } from './resolved-run.ts'
import type { RolloutRow } from './rollout-row.ts'
import { createStream } from './sampling/random-streams.ts'
import type { WovenLatents } from './weaver.ts'

export interface Insertion {
  readonly kind: WeaveKind
  /** Attended positions before the latents. */
  readonly contextLength: number
  readonly woven: WovenLatents
  /** What is injected: the woven latents or what the intervention made of them, [K, hidden]. */
  readonly latents: Float32Array
  readonly intervention: LatentIntervention | null
}

/** Which latents the row's next insertion takes; the prompt's come before its first token. */
export function nextWeaveKind(row: RolloutRow): WeaveKind {
  return row.stepIndex === 0 ? 'prompt' : 'inference'
}

/**
 * What the row will read. Interventions come after the projection to the reasoner, so the reasoner and every later weaver
 * call read the changed latents. Draws depend on run, sample and step alone: a row that was rewound or forked draws them again.
 * @throws InterventionError when the intervention gives no finite latents
 */
export async function prepareInsertion(model: MemGenModel, run: ResolvedRun, row: RolloutRow, woven: WovenLatents): Promise<Insertion> {
  const { intervention, seed } = run.config
  const kind = nextWeaveKind(row)
  const insertion = { kind, contextLength: row.context.length, woven, intervention }
  if (intervention === null) return { ...insertion, latents: woven.latents }
  const { sampleId, repeat, donor } = row.request
  const latents = await intervene(intervention, woven.latents, {
    hiddenSize: model.config.hiddenSize,
    kind,
    ordinal: row.augmentationCount,
    stream: createStream({ seed, sampleId, repeat }, `intervention at step ${row.stepIndex}`),
    donor,
    pauseEmbedding: run.pauseEmbedding,
  })
  if (!latents.every(Number.isFinite)) throw new InterventionError(`the intervention ${intervention.kind} gave latents that are not finite`)
  return { ...insertion, latents }
}
