/** @file What can be wrong with a request about an evaluation. It does not know RPC codes. */
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'

/** The run is not in a state in which this can be done, or is in the hand of another process. */
export class EvaluationConflictError extends Error {
  override readonly name = 'EvaluationConflictError'
  readonly runId: EvaluationRunId

  constructor(runId: EvaluationRunId, problem: string) {
    super(`Run ${runId} ${problem}`)
    this.runId = runId
  }
}
