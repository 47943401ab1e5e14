/** @file What can be wrong with a request about an evaluation. It does not know RPC codes. */
import type { ResultKey } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'

export class EvaluationNotFoundError extends Error {
  override readonly name = 'EvaluationNotFoundError'
  readonly runId: string
  /** null where the run itself, or its experiment, is not there. */
  readonly sampleId: string | null

  constructor(runId: string, { sampleId = null, what = 'run' }: { sampleId?: string | null; what?: 'run' | 'experiment' } = {}) {
    super(sampleId === null ? `No ${what} ${runId} in the log.` : `Run ${runId} has no result of sample ${sampleId}.`)
    this.runId = runId
    this.sampleId = sampleId
  }

  static ofResult({ runId, sampleId }: ResultKey): EvaluationNotFoundError {
    return new EvaluationNotFoundError(runId, { sampleId })
  }
}

/** The run is not in a state in which this can be done, or is in the hand of another process. */
export class EvaluationConflictError extends Error {
  override readonly name = 'EvaluationConflictError'
  readonly runId: EvaluationRunId

  constructor(runId: EvaluationRunId, problem: string) {
    super(`Run ${runId} ${problem}`)
    this.runId = runId
  }
}
