/** @file Whole next-token distributions: a token's share, and how far two are apart. It does not know whose they are. */

/** log of the sum of e^logit over `[vocab]` finite logits, in float64: a token's logprob is its logit less this. */
export function logSumExp(logits: Float32Array): number {
  let max = -Infinity
  for (const logit of logits) if (logit > max) max = logit
  let total = 0
  for (const logit of logits) total += Math.exp(logit - max)
  return max + Math.log(total)
}

/** KL(softmax(logits) || softmax(reference)) in nats, summed in float64. Both `[vocab] float32` and finite. */
export function divergence(logits: Float32Array, reference: Float32Array): number {
  const [logTotal, referenceLogTotal] = [logSumExp(logits), logSumExp(reference)]
  let sum = 0
  // The vocabulary is long and this runs for every token: a plain loop, since callbacks of typed arrays take ten times as long.
  for (let id = 0; id < logits.length; id += 1) {
    const logprob = (logits[id] ?? NaN) - logTotal
    sum += Math.exp(logprob) * (logprob - ((reference[id] ?? NaN) - referenceLogTotal))
  }
  // Rounding can leave a tiny negative number where the two are nearly equal.
  return Math.max(0, sum)
}
