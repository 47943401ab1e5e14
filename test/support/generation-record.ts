/** @file What a rollout in a test leaves behind, as the record that analysis and restoring take. It compares nothing. */
import type { ProbedModel } from '../../src/main/engine/analysis/probed-model.ts'
import type { RowRequest } from '../../src/main/engine/memgen/row-request.ts'
import { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import type { GenerationRecord } from '../../src/main/engine/protocol.ts'
import type { RunConfigInput } from '../../src/shared/domain/run-config.ts'
import { config, finish, request } from './golden-model.ts'

/** @param results of one row, from its first step on */
export function recordOf(promptIds: readonly number[], results: readonly StepResult[]): GenerationRecord {
  return {
    promptIds,
    steps: results.map(({ step }) => step),
    insertions: results.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }])),
  }
}

/** Generates to the end and gives the record with what it was made from. */
export async function generateRecord(
  { model }: Pick<ProbedModel, 'model'>,
  prompt: string,
  input: RunConfigInput,
  options: Partial<RowRequest> = {},
): Promise<{ record: GenerationRecord; results: StepResult[] }> {
  const row = request(model, prompt, options)
  const [results = []] = await finish(Rollout.open(model, config(input), [row]))
  return { record: recordOf(row.promptIds, results), results }
}
