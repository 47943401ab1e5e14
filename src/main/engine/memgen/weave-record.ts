/** @file What is recorded of an insertion: latents, norms, and the vocabulary's nearest rows. It changes nothing. */
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import type { Insertion } from './insertion.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RolloutRow } from './rollout-row.ts'
import { euclideanNorms } from './vocabulary.ts'

/** Describes the latents as they were injected; `latentsBeforeProjection` are the weaver's own even where an edit replaced them. */
export async function describeWeave({ tokenizer, vocabulary, config }: MemGenModel, row: RolloutRow, insertion: Insertion): Promise<Weave> {
  const { kind, contextLength, latents, intervention } = insertion
  const { count, beforeProjection } = insertion.woven
  const { recordNearest } = row.plan.runAt(row.stepIndex).config
  const nearest = recordNearest === 0 ? [] : await vocabulary.nearest(latents, recordNearest)
  return {
    id: weaveIdSchema.parse(`${row.request.id}/${row.stepIndex}`),
    stepIndex: row.stepIndex,
    kind,
    contextLength,
    latentsBeforeProjection: { rows: count, columns: beforeProjection.length / count, data: beforeProjection },
    latents: { rows: latents.length / config.hiddenSize, columns: config.hiddenSize, data: latents },
    norms: euclideanNorms(latents, config.hiddenSize),
    normsBeforeProjection: euclideanNorms(beforeProjection, beforeProjection.length / count),
    nearest: nearest.map((entries) => entries.map((entry) => ({ ...entry, text: tokenizer.tokenText(entry.tokenId) }))),
    ...(intervention === null ? {} : { intervention }),
  }
}
