/** @file Completions gathered by their prompt, so that a reader sees how one answer changes over the steps. */
import type { TrainingSample } from '../../../../shared/domain/training-event.ts'

export interface SampledPrompt {
  sampleId: string
  prompt: string
  /** Newest first; completions of one step in the order they came. */
  completions: readonly TrainingSample[]
}

/** The prompt that was completed most often first, then as they came: those are the ones to compare. */
export function samplesByPrompt(samples: readonly TrainingSample[]): SampledPrompt[] {
  const groups = Map.groupBy(samples, ({ sampleId }) => sampleId)
  return [...groups]
    .map(([sampleId, group]) => ({ sampleId, prompt: group[0]?.prompt ?? '', completions: group.toSorted((a, b) => b.step - a.step) }))
    .toSorted((a, b) => b.completions.length - a.completions.length)
}
