/** @file What can be wrong with a question about runs. It does not know RPC codes. */
export class UnknownRunError extends Error {
  override readonly name = 'UnknownRunError'
  readonly runId: string

  constructor(runId: string) {
    super(`No run ${runId} in the log.`)
    this.runId = runId
  }
}
