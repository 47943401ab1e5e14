/**
 * @file Two or more runs side by side: what differs in their configs, what differs in their results, and whether that is like with like. It
 * does not know how a test or an interval is computed.
 */
import { setImmediate } from 'node:timers/promises'
import type { Comparison, ComparisonRequest } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { EvaluationNotFoundError, type EvaluationLog } from '../log/index.ts'
import { changedPrompts } from './changed-prompts.ts'
import { adjustForMany, comparePair, type UnadjustedComparison } from './compare-pairs.ts'
import { comparisonWarnings } from './comparison-warnings.ts'
import { configDifferences } from './config-differences.ts'
import { readPassRates } from './pass-rates.ts'
import { sampleOutcomes } from './sample-outcomes.ts'

/** @throws EvaluationNotFoundError for a run that is not in the log */
export async function compareRuns(log: Pick<EvaluationLog, 'getRun' | 'lastScoring' | 'samplesOf' | 'summariesOf'>, { runIds, baselineId, ignore, usesHumanVerdicts }: ComparisonRequest): Promise<Comparison> {
  const runs = await requireRuns(log, runIds)
  const baseline = await requireRun(log, baselineId)
  const outcomesOf = async (runId: EvaluationRunId) => sampleOutcomes(await log.summariesOf(runId), usesHumanVerdicts)
  const baselineOutcomes = await outcomesOf(baselineId)
  const lastScorings = new Map([[baselineId, await log.lastScoring(baselineId)]])
  const pairs: UnadjustedComparison[] = []
  const otherPrompts = new Map<EvaluationRunId, number>()
  for (const run of runs) {
    if (run.id === baselineId) continue
    const outcomes = await outcomesOf(run.id)
    pairs.push(comparePair(run.id, baselineOutcomes, outcomes))
    lastScorings.set(run.id, await log.lastScoring(run.id))
    otherPrompts.set(run.id, await changedPrompts(log, baseline, run))
    // Fifty runs are seconds of bootstrapping: whoever else waits for this process gets a turn after each.
    await setImmediate()
  }
  return {
    runs,
    baselineId,
    differences: configDifferences(runs, ignore),
    warnings: comparisonWarnings(baseline, runs, { pairs, otherPrompts, lastScorings }),
    pairs: adjustForMany(pairs),
    passRates: await readPassRates(log, runs, { usesHumanVerdicts }),
  }
}

/** @throws EvaluationNotFoundError */
export async function requireRun(log: Pick<EvaluationLog, 'getRun'>, runId: EvaluationRunId): Promise<EvaluationRun> {
  const run = await log.getRun(runId)
  if (run === undefined) throw new EvaluationNotFoundError(runId)
  return run
}

/** In the order of the ids. @throws EvaluationNotFoundError */
export async function requireRuns(log: Pick<EvaluationLog, 'getRun'>, runIds: readonly EvaluationRunId[]): Promise<EvaluationRun[]> {
  return Promise.all(runIds.map((runId) => requireRun(log, runId)))
}
