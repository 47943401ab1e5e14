/** @file The error of logits that no token can be chosen from. Does not know where they came from. */

/** A logit is NaN or infinite: the weights, an adapter or an intervention is broken. */
export class NonFiniteLogitsError extends Error {
  readonly tokenId: number
  readonly value: number

  constructor(tokenId: number, value: number) {
    super(`the logit of token ${tokenId} is ${value}, expected a finite number`)
    this.name = 'NonFiniteLogitsError'
    this.tokenId = tokenId
    this.value = value
  }
}

/** Throws for the first value of `logits` that is not finite. */
export function rejectNonFinite(logits: Float32Array): void {
  const tokenId = logits.findIndex((value) => !Number.isFinite(value))
  if (tokenId !== -1) throw new NonFiniteLogitsError(tokenId, logits[tokenId] ?? NaN)
}
