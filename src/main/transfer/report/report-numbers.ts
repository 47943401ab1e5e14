/** @file Numbers in a report, as a paper prints them. */

interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

const MINUS = '\u2212'

/** `93.4 %` */
export function percent(share: number): string {
  return `${fixed(100 * share, 1)} %`
}

/** `93.4 % [92.2, 94.5]` */
export function percentInterval(interval: Interval | null): string {
  if (interval === null) return 'not judged'
  return `${percent(interval.estimate)} [${fixed(100 * interval.low, 1)}, ${fixed(100 * interval.high, 1)}]`
}

/** `+3.2 points [1.1, 5.4]` */
export function pointsInterval({ estimate, low, high }: Interval): string {
  return `${signed(100 * estimate, 1)} points [${signed(100 * low, 1)}, ${signed(100 * high, 1)}]`
}

/** A p-value is never 0: below a ten-thousandth only that is said. */
export function pValue(value: number): string {
  return value < 1e-4 ? 'p < 0.0001' : `p = ${value.toFixed(4)}`
}

export function fixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `${MINUS}${text}` : text
}

export function signed(value: number, digits: number): string {
  const text = fixed(value, digits)
  return value > 0 && Number(text) !== 0 ? `+${text}` : text
}
