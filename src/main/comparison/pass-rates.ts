/** @file pass@k of runs that answered each sample several times. It does not know what else runs differ in. */
import type { PassRate } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { EvaluationLog } from '../log/index.ts'
import { passRate } from '../statistics/index.ts'
import { sampleOutcomes, type SampleOutcome } from './sample-outcomes.ts'

type Repeated = Pick<EvaluationRun, 'id' | 'plan'>

/** For every run and k that all of them have repeats for; none where a sample has one answer. */
export async function readPassRates(log: Pick<EvaluationLog, 'summariesOf'>, runs: readonly Repeated[], { usesHumanVerdicts }: { usesHumanVerdicts: boolean }): Promise<PassRate[]> {
  const sizes = drawSizes(Math.min(...runs.map(({ plan }) => plan.repeats)))
  if (sizes.length === 0) return []
  const rates = await Promise.all(runs.map(async ({ id }) => {
    const outcomes = [...sampleOutcomes(await log.summariesOf(id), usesHumanVerdicts).values()]
    return sizes.flatMap((k) => rateOf(id, outcomes, k) ?? [])
  }))
  return rates.flat()
}

/** Powers of two and all repeats; with one answer pass@k is the accuracy. */
function drawSizes(repeats: number): number[] {
  const sizes: number[] = []
  for (let k = 2; k < repeats; k *= 2) sizes.push(k)
  return repeats > 1 ? [...sizes, repeats] : []
}

/** Over samples with at least k judged answers; null where there is none. */
function rateOf(runId: EvaluationRunId, outcomes: readonly SampleOutcome[], k: number): PassRate | null {
  const problems = outcomes.filter(({ judged }) => judged >= k).map(({ judged, right }) => ({ count: judged, right }))
  const rate = passRate(problems, k)
  return rate === null ? null : { runId, k, sampleCount: problems.length, ...rate }
}
