/** @file What an estimate with its uncertainty looks like. Does not know how it is found. */

/** How often, over repeated experiments, an interval covers the true value. */
export const confidence = 0.95

export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}
