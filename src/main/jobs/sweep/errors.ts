/** @file What can be wrong with a request about a sweep. It does not know RPC codes. */
export class SweepNotFoundError extends Error {
  override readonly name = 'SweepNotFoundError'
  readonly sweepId: string

  constructor(sweepId: string) {
    super(`No sweep ${sweepId} in the log.`)
    this.sweepId = sweepId
  }
}
