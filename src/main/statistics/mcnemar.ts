/** @file Whether two policies judged on the same samples differ in how often they are right. Does not know what right means. */

/** Samples by what became of them from `before` to `after`; `helped` were wrong and are right. */
export interface Transitions {
  readonly helped: number
  readonly harmed: number
  readonly bothRight: number
  readonly bothWrong: number
}

/** Counts transitions of samples in the same order. Raises RangeError where the lengths differ. */
export function countTransitions(before: readonly boolean[], after: readonly boolean[]): Transitions {
  if (before.length !== after.length) throw new RangeError(`countTransitions: expected pairs, found ${before.length} samples before and ${after.length} after`)
  const count = (from: boolean, to: boolean) => before.filter((isRight, i) => isRight === from && after[i] === to).length
  return { helped: count(false, true), harmed: count(true, false), bothRight: count(true, true), bothWrong: count(false, false) }
}

/**
 * Two-sided p-value of McNemar's exact test: how likely a split of the changed samples at least as uneven as this one is, if
 * help and harm were equally likely. 1 where no sample changed.
 * Source: McNemar, Psychometrika 12 (1947), 153-157. The exact conditional form doubles the smaller tail of
 * Binomial(helped + harmed, 1/2): Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91 (2013).
 *
 * Computed from the logarithm of the largest term, since 2^-n itself is 0 in floating point from n = 1075 on.
 * Raises RangeError for anything but counts.
 */
export function mcNemarExact({ helped, harmed }: Pick<Transitions, 'helped' | 'harmed'>): number {
  for (const count of [helped, harmed]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`mcNemarExact: expected counts, found ${helped} helped and ${harmed} harmed`)
  }
  const changed = helped + harmed
  const fewer = Math.min(helped, harmed)
  // The two tails overlap in the middle term, and doubling would count it twice.
  if (helped === harmed) return 1
  const logLargest = logBinomialCoefficient(changed, fewer) - changed * Math.LN2
  return Math.min(1, 2 * Math.exp(logLargest) * sumOfTail(changed, fewer))
}

/** Sum of C(n, i) over C(n, k), i from k down to 0. */
function sumOfTail(n: number, k: number): number {
  let term = 1
  let sum = 0
  for (let i = k; i >= 0 && sum + term !== sum; i--) {
    sum += term
    term *= i / (n - i + 1)
  }
  return sum
}

function logBinomialCoefficient(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

/** Stirling's series, equation 6.1.41 in Abramowitz and Stegun (1964); from 16 on its three corrections leave an error below 1e-11. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1
    for (let i = 2; i <= n; i++) product *= i
    return Math.log(product)
  }
  const correction = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5)
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + correction
}
