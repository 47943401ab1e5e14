/** @file The one model that several runs have in common. It loads nothing. */
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'

/** Has the model loaded when it resolves. */
export type RequireModel = (modelId: ModelId) => Promise<void>

/** null where runs have several: each has a vocabulary of its own. */
export function onlyModelOf(runs: readonly EvaluationRun[]): ModelId | null {
  const [modelId, ...others] = new Set(runs.map(({ plan }) => plan.modelId))
  return modelId === undefined || others.length > 0 ? null : modelId
}
