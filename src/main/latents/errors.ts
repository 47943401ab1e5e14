/** @file What can be wrong with a selection of latents. It does not know RPC codes. */
export type LatentsUnavailableReason = 'none-recorded' | 'different-sizes' | 'too-few'

export class LatentsUnavailableError extends Error {
  override readonly name = 'LatentsUnavailableError'
  readonly reason: LatentsUnavailableReason

  constructor(reason: LatentsUnavailableReason, message: string) {
    super(message)
    this.reason = reason
  }
}
