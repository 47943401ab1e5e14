/** @file The interval of a run whose samples were generated several times. It does not know where the numbers are shown. */
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationLog, EvaluationRunChanges } from '../../log/index.ts'
import { clusteredAccuracy } from '../../statistics/index.ts'

/** Repeats of a sample are no independent draws: samples count as clusters. Of other runs the log finds Wilson's interval itself. */
export async function boundAccuracy(log: EvaluationLog, { id, plan }: EvaluationRun): Promise<EvaluationRunChanges> {
  if (plan.repeats === 1) return {}
  return { accuracyBounds: clusteredAccuracy(await log.summariesOf(id)) }
}
