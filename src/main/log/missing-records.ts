/** @file What somebody asks for by its id and the log does not hold, in the same words wherever it is asked for. It does not know RPC codes or queries. */
import type { ResultKey } from '../../shared/domain/evaluation.ts'

export class TraceNotFoundError extends Error {
  override readonly name = 'TraceNotFoundError'
  readonly traceId: string

  constructor(traceId: string) {
    super(`No trace ${traceId} in the log.`)
    this.traceId = traceId
  }
}

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
