/**
 * @file What inserting at single candidates changed, as sweeps found it, beside the trigger's probability there, as a run recorded it.
 * It generates nothing.
 */
import type { BenefitPoint } from '../../shared/domain/trigger-statistics.ts'
import type { EvaluationRun, RecordedTurn } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { Sweep, SweepOutcome } from '../../shared/domain/sweep.ts'
import type { Prompt } from '../../shared/domain/trace.ts'
import type { EvaluationLog, SweepLog } from '../log/index.ts'
import { requireRun } from './compare-runs.ts'
import { probabilityOf } from './invoke-probability.ts'

/**
 * One point for each candidate that a sweep with a reference answer tried alone, under the model of the run. A sweep never asks the
 * trigger: its probability is that of the run's own generation from the same prompt, where that had read the same text and no
 * memory; elsewhere it is null.
 * @throws EvaluationNotFoundError
 */
export async function benefitPoints(log: Pick<EvaluationLog, 'getRun' | 'getResult' | 'samplesOf'>, sweeps: Pick<SweepLog, 'get' | 'list'>, runId: EvaluationRunId): Promise<BenefitPoint[]> {
  const run = await requireRun(log, runId)
  const samples = run.datasetId === null ? [] : await log.samplesOf(run.datasetId)
  const sampleOf = new Map(samples.map(({ id, prompt }) => [nameOf(prompt), id]))
  const points: BenefitPoint[] = []
  for (const { id, request } of await sweeps.list()) {
    if (request.modelId !== run.plan.modelId || request.reference === null) continue
    const recorded = await sweeps.get(id)
    const vanilla = recorded?.outcomes.find(({ candidates }) => candidates.length === 0)
    if (recorded === undefined || vanilla === undefined || vanilla.score === null) continue
    const sampleId = sampleOf.get(nameOf(request.prompt))
    const turn = sampleId === undefined ? undefined : (await log.getResult({ runId, sampleId, repeat: 0 }))?.turns[0]
    const probabilities = turn === undefined ? [] : probabilitiesOf(turn, run, recorded.sweep, vanilla)
    for (const { candidates, score } of recorded.outcomes) {
      const [candidate] = candidates
      if (candidate === undefined || candidates.length > 1 || score === null) continue
      const label = recorded.sweep.candidateLabels[candidate] ?? ''
      points.push({ sweepId: id, candidate, label, pInvoke: probabilities[candidate] ?? null, benefit: score - vanilla.score })
    }
  }
  return points
}

/** By candidate. Places of the run are the sweep's candidates as long as both gates are the same and both have read the same. */
function probabilitiesOf({ record }: RecordedTurn, run: EvaluationRun, { request }: Sweep, vanilla: SweepOutcome): (number | null)[] {
  if (run.plan.config.gate !== request.config.gate) return []
  const probabilities: (number | null)[] = []
  for (const place of record.asked) {
    if (!vanilla.text.startsWith(record.texts.slice(0, place.stepIndex).join(''))) break
    probabilities.push(probabilityOf(place))
    if (place.decision === 1) break
  }
  return probabilities
}

function nameOf(prompt: Prompt): string {
  return JSON.stringify(prompt)
}
