/** @file What can be wrong with a request about a training run. It does not know RPC codes. */
import type { TrainingStatus } from '../../../shared/domain/training-run.ts'

export class TrainingRunNotFoundError extends Error {
  override readonly name = 'TrainingRunNotFoundError'
  readonly runId: string

  constructor(runId: string) {
    super(`No training run ${runId} in the log.`)
    this.runId = runId
  }
}

/** The run is not in a state in which this can be done. */
export class TrainingStateError extends Error {
  override readonly name = 'TrainingStateError'
  readonly runId: string
  readonly status: TrainingStatus

  constructor(runId: string, status: TrainingStatus, problem: string) {
    super(problem)
    this.runId = runId
    this.status = status
  }
}

/** Two runs in one folder would overwrite each other's state. */
export class OutputDirectoryTakenError extends Error {
  override readonly name = 'OutputDirectoryTakenError'
  readonly runId: string
  readonly path: string

  constructor(runId: string, path: string, found: string) {
    super(`${path} belongs to training run ${runId}, ${found}. Choose another output directory.`)
    this.runId = runId
    this.path = path
  }
}
