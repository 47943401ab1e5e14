/** @file pass@k of runs that answered each sample several times. It does not know what else runs differ in. */
import { setImmediate } from 'node:timers/promises'
import type { PassRate } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationLog } from '../log/index.ts'
import { bootstrapMean, passAtK } from '../statistics/index.ts'
import { BOOTSTRAP } from './compare-pairs.ts'
import { sampleOutcomes, type SampleOutcome } from './sample-outcomes.ts'

type Repeated = Pick<EvaluationRun, 'id' | 'plan'>

/** For every run and k that all of them have repeats for; none where a sample has one answer. */
export async function readPassRates(log: Pick<EvaluationLog, 'summariesOf'>, runs: readonly Repeated[], { usesHumanVerdicts }: { usesHumanVerdicts: boolean }): Promise<PassRate[]> {
  const sizes = drawSizes(Math.min(...runs.map(({ plan }) => plan.repeats)))
  if (sizes.length === 0) return []
  const rates: PassRate[] = []
  for (const { id } of runs) {
    const outcomes = [...sampleOutcomes(await log.summariesOf(id), usesHumanVerdicts).values()]
    rates.push(...sizes.flatMap((k) => passRate(outcomes, k) ?? []).map((rate) => ({ runId: id, ...rate })))
    // As in a comparison's pairs: others get a turn.
    await setImmediate()
  }
  return rates
}

/** Powers of two and all repeats; with one answer pass@k is the accuracy. */
function drawSizes(repeats: number): number[] {
  const sizes: number[] = []
  for (let k = 2; k < repeats; k *= 2) sizes.push(k)
  return repeats > 1 ? [...sizes, repeats] : []
}

/** Over samples with at least k judged answers; null where there is none. */
function passRate(outcomes: readonly SampleOutcome[], k: number): Omit<PassRate, 'runId'> | null {
  const values = outcomes.filter(({ judged }) => judged >= k).map(({ judged, right }) => passAtK({ count: judged, right }, k))
  if (values.length === 0) return null
  const { estimate, low, high } = bootstrapMean(values, BOOTSTRAP)
  return { k, sampleCount: values.length, estimate, low, high }
}
