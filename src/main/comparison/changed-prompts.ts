/** @file Whether samples of the same name were asked the same. It does not know how they were answered. */
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationLog } from '../log/index.ts'

/** How many samples of the same id were asked differently; runs on the same dataset need no look at it. */
export async function changedPrompts(log: Pick<EvaluationLog, 'samplesOf'>, baseline: EvaluationRun, run: EvaluationRun): Promise<number> {
  if (baseline.datasetId === null || run.datasetId === null || baseline.datasetId === run.datasetId) return 0
  const [before, after] = await Promise.all([log.samplesOf(baseline.datasetId), log.samplesOf(run.datasetId)])
  const prompts = new Map(before.map(({ id, prompt }) => [id, JSON.stringify(prompt)]))
  return after.filter(({ id, prompt }) => prompts.has(id) && prompts.get(id) !== JSON.stringify(prompt)).length
}
