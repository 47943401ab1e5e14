/** @file A small curve as the path of an SVG. It does not know what is measured. */
import { formatNumber } from '../../../charts/format.ts'
import type { WatchPoint } from '../../../stores/watch-reading.ts'

export interface SparkLine {
  /** Lines through neighbouring values; a value between two gaps is a dot. */
  path: string
  /** "1.00 to 8.00 over 100 steps", or that nothing is known. */
  sentence: string
}

/** The points from left to right; gaps stay open. The smallest value lies at the bottom, equal ones in the middle. */
export function sparkLine(points: readonly WatchPoint[], width: number, height: number): SparkLine {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]))
  if (known.length === 0) return { path: '', sentence: `no value in the last ${points.length} steps` }
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const xOf = (index: number): string => (points.length === 1 ? width : (index / (points.length - 1)) * width).toFixed(1)
  const yOf = (value: number): string => (most === least ? height / 2 : height - ((value - least) / (most - least)) * height).toFixed(1)
  const path = points.map(({ value }, index) => {
    if (value === null) return ''
    const isBegin = points[index - 1]?.value == null
    const isAlone = isBegin && points[index + 1]?.value == null
    // A line of no length is drawn as a dot by round caps.
    return `${isBegin ? 'M' : 'L'}${xOf(index)} ${yOf(value)}${isAlone ? 'h0' : ''}`
  })
  const gaps = points.length - known.length
  return { path: path.join(''), sentence: `${formatNumber(least)} to ${formatNumber(most)} over ${points.length} steps${gaps === 0 ? '' : `, ${gaps} without a value`}` }
}
