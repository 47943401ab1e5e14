/** @file Results of an imported run into the log. It does not know the file they come from. */
import type { EvaluationRun, Judging, RecordedTurn, RunTotals, SampleResult } from '../../../shared/domain/evaluation.ts'
import { messageOf } from '../../../shared/message-of.ts'
import type { EvaluationLog } from '../../log/index.ts'

/** Results committed at a time. */
const BATCH_SIZE = 200

export interface ImportedResult {
  readonly result: SampleResult
  readonly turns: readonly RecordedTurn[]
  /** @default judged once, by the scoring of the run's plan */
  readonly judging?: Judging | undefined
}

/**
 * Adds the results to a run that was created before, human verdicts included, and gives it the status, the stamps and the marks that `run`
 * says. What is there already stays. Where it fails, a run that was not whole before says why it is not.
 * @returns what the run then amounts to
 */
export async function addRunResults(log: EvaluationLog, run: EvaluationRun, results: AsyncIterable<ImportedResult> | Iterable<ImportedResult>): Promise<RunTotals> {
  const before = await log.getRun(run.id)
  try {
    return await addAll(log, run, results)
  } catch (error) {
    if (before !== undefined && isUnfinished(before)) await log.update(run.id, { status: 'cancelled', error: `Not imported to its end: ${messageOf(error)}` })
    throw error
  }
}

/** As the log begins imported runs, or began them before: `queued`. */
function isUnfinished({ status, error }: EvaluationRun): boolean {
  return status === 'queued' || (status === 'cancelled' && error !== null)
}

async function addAll(log: EvaluationLog, run: EvaluationRun, results: AsyncIterable<ImportedResult> | Iterable<ImportedResult>): Promise<RunTotals> {
  let count = 0
  let batch: ImportedResult[] = []
  const commit = async (): Promise<void> => {
    await log.addResults(run.id, batch.map(({ result: { human: _human, ...result }, turns, judging }) => ({ result, turns, ...(judging !== undefined && { judging }) })))
    for (const { result } of batch) {
      if (result.human !== null) await log.audit({ runId: run.id, sampleId: result.sampleId, repeat: result.repeat }, result.human)
    }
    batch = []
  }
  // Results stand under the dataset's samples.
  await log.update(run.id, { total: run.total, ...(run.datasetId !== null && { datasetId: run.datasetId }), ...(run.provenance !== null && { provenance: run.provenance }) })
  for await (const one of results) {
    batch.push(one)
    if (++count % BATCH_SIZE === 0) await commit()
  }
  if (batch.length > 0) await commit()
  const { totals } = (await log.getRun(run.id)) ?? run
  const accuracyBounds = run.plan.repeats > 1 && run.accuracy !== null ? { low: run.accuracy.low, high: run.accuracy.high } : null
  await log.update(run.id, {
    status: run.status === 'queued' || run.status === 'running' ? 'paused' : run.status,
    error: run.error,
    accuracyBounds,
    addedMs: Math.max(0, run.totals.elapsedMs - totals.elapsedMs),
  })
  await log.annotate([run.id], { note: run.note, isStarred: run.isStarred, isTrashed: run.trashedAt !== null })
  return totals
}
