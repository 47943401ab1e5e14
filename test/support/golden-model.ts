/** @file A golden case as a model for unit tests: small random weights, loaded in milliseconds. It compares nothing. */
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import type { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import type { RowRequest } from '../../src/main/engine/memgen/row-request.ts'
import { runConfigSchema, type RunConfig, type RunConfigInput } from '../../src/shared/domain/run-config.ts'
import type { ModelLocation } from '../../src/shared/domain/model.ts'

/** Folders of a case in test/golden; base model and checkpoint. */
export function goldenLocation(name: 'qwen2' | 'llama' | 'smollm3' | 'seed_variant'): { reasonerDir: string; checkpointDir: string } {
  const directory = new URL(`../golden/${name}/`, import.meta.url).pathname
  return { reasonerDir: `${directory}base`, checkpointDir: `${directory}memgen` }
}

/** One thread, so that sums are always taken in the same order. */
export function loadModel(location: ModelLocation): Promise<MemGenModel> {
  return MemGenModel.load(location, { device: 'cpu', threads: 1 })
}

export function config(input: RunConfigInput = {}): RunConfig {
  return runConfigSchema.parse({ recordNearest: 0, recordTopK: 0, ...input })
}

export function request(model: MemGenModel, text: string, options: Partial<RowRequest> = {}): RowRequest {
  return { id: text, promptIds: model.tokenizer.encode(text), sampleId: text, repeat: 0, ...options }
}

/** Steps to the end; each row's results in order. */
export async function finish(rollout: Rollout): Promise<StepResult[][]> {
  const results: StepResult[][] = rollout.rows.map(() => [])
  while (!rollout.isFinished) for (const result of await rollout.step()) results[result.row]?.push(result)
  return results
}
