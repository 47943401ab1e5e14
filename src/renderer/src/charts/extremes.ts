/**
 * @file What of a long series a window of the axis needs: every point while they are few, else the lowest and the highest of each bin, so
 * that no peak is lost. It does not know pixels or charts.
 */
import type { Point } from './chart-option.ts'
import { firstAtOrAfter, type Series } from './series.ts'
import type { AxisRange } from './token-axis.ts'

export interface Thinning {
  window: AxisRange
  /** Bins the window may have, about one a pixel; up to two points are kept of each. */
  bins: number
}

/** Indices of the points to draw, rising, with one point beyond each end of the window so that lines reach its edge. */
export function extremesInWindow(series: Series, { window, bins }: Thinning): number[] {
  const from = Math.max(0, firstAtOrAfter(series, window.min) - 1)
  const to = Math.min(series.length, firstAtOrAfter(series, window.max) + 1)
  if (to - from <= 2 * bins) return Array.from({ length: to - from }, (_, offset) => from + offset)

  const binWidth = binWidthOf(window, bins)
  const kept: number[] = []
  let start = from
  while (start < to) {
    const bin = Math.floor((series.x[start] ?? 0) / binWidth)
    let end = start
    let lowest = -1
    let highest = -1
    for (; end < to && (series.x[end] ?? 0) < (bin + 1) * binWidth; end++) {
      const y = series.y[end] ?? Number.NaN
      if (Number.isNaN(y)) continue
      if (lowest < 0 || y < (series.y[lowest] ?? 0)) lowest = end
      if (highest < 0 || y > (series.y[highest] ?? 0)) highest = end
    }
    // A bin without a value keeps its gap.
    if (lowest < 0) kept.push(start)
    else if (lowest === highest) kept.push(lowest)
    else kept.push(Math.min(lowest, highest), Math.max(lowest, highest))
    start = Math.max(end, start + 1)
  }
  return kept
}

/** The points of `extremesInWindow`; NaN breaks a line. */
export function pointsInWindow(series: Series, thinning: Thinning): Point[] {
  return extremesInWindow(series, thinning).map((index): Point => [series.x[index] ?? Number.NaN, series.y[index] ?? Number.NaN])
}

/** A power of two, so that bins keep their places while the window moves and a curve does not flicker. */
export function binWidthOf(window: AxisRange, bins: number): number {
  return 2 ** Math.ceil(Math.log2((window.max - window.min) / bins))
}
