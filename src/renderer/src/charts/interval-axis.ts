/** @file One axis for the intervals of several differences, with zero always on it. It does not know what differs. */

export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface IntervalAxis {
  readonly min: number
  readonly max: number
  /** Zero among them, evenly apart. */
  readonly ticks: readonly number[]
}

/** Narrower, differences of nothing would fill the width. */
const NARROWEST = 0.01
const MOST_TICKS = 5

/** Reaches a tick beyond every interval's end, on the side where there are any. */
export function intervalAxis(intervals: readonly Interval[]): IntervalAxis {
  const low = Math.min(0, ...intervals.map((interval) => interval.low))
  const high = Math.max(0, ...intervals.map((interval) => interval.high))
  const step = niceStep(Math.max(high - low, NARROWEST) / (MOST_TICKS - 1))
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1)
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
  return { min: ticks[0] ?? 0, max: ticks.at(-1) ?? step, ticks }
}

/** Place on the axis, 0 to 1. */
export function shareOf(value: number, { min, max }: Pick<IntervalAxis, 'min' | 'max'>): number {
  return (value - min) / (max - min)
}

/** Whether zero lies outside. */
export function excludesZero({ low, high }: Interval): boolean {
  return low > 0 || high < 0
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10)
}
