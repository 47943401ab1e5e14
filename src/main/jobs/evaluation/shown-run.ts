/** @file A recorded run as it is to be shown: one whose process has ended rests, whatever it could still record. It changes nothing. */
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { isProcessAlive } from '../process-alive.ts'

/** Of a run that is not in this process's hand. */
export async function shownRun(log: Pick<EvaluationLog, 'processOf'>, recorded: EvaluationRun): Promise<EvaluationRun> {
  if (recorded.status !== 'running' && recorded.status !== 'queued') return recorded
  return (await isElsewhere(log, recorded.id)) ? recorded : { ...recorded, status: 'paused' }
}

/** Whether another living process has the run in hand. */
export async function isElsewhere(log: Pick<EvaluationLog, 'processOf'>, runId: EvaluationRunId): Promise<boolean> {
  const processId = await log.processOf(runId)
  return processId !== null && processId !== process.pid && isProcessAlive(processId)
}
