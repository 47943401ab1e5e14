/** @file What a rollout in a test leaves behind, as the record that analysis and restoring take. It compares nothing. */
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import type { GenerationRecord } from '../../src/main/engine/protocol.ts'

/** @param results of one row, from its first step on */
export function recordOf(promptIds: readonly number[], results: readonly StepResult[]): GenerationRecord {
  return {
    promptIds,
    steps: results.map(({ step }) => step),
    insertions: results.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }])),
  }
}
