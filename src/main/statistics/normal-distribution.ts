/** @file The tail of the standard normal distribution. Does not know what follows it. */

/** From here on the continued fraction needs fewer terms than the series and loses no digits to 1 - erf. */
const CONTINUED_FRACTION_FROM = 2.5
/** At 2.5 the fraction has settled to the last bit after about 60 terms; larger arguments need fewer. */
const FRACTION_TERMS = 80

/** How likely a standard normal value is at least as far from 0 as `z`, on either side. */
export function twoSidedNormalTail(z: number): number {
  return complementaryError(Math.abs(z) / Math.SQRT2)
}

/** erfc(x) for x >= 0, to about 1e-12 of its value. Source: Abramowitz and Stegun (1964), 7.1.6 and 7.1.14. */
function complementaryError(x: number): number {
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI)
  if (x < CONTINUED_FRACTION_FROM) {
    let term = 2 * x
    let sum = 0
    for (let n = 1; sum + term !== sum; n++) {
      sum += term
      term *= (2 * x * x) / (2 * n + 1)
    }
    return 1 - scale * sum
  }
  let fraction = x
  for (let n = FRACTION_TERMS; n >= 1; n--) fraction = x + n / 2 / fraction
  return scale / fraction
}
