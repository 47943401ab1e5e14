/** @file A small curve as the path of an SVG. It does not know what is measured. */
import type { WatchPoint } from '../../../stores/watch-reading.ts'
import { formatValue } from './format-value.ts'

export interface SparkLine {
  /** Lines through neighbouring values. */
  lines: string
  /** Values between two gaps, as lines of no length: round caps make dots of them. */
  dots: string
  /** "1 to 8 over 100 steps", or that nothing is known. */
  sentence: string
}

/** The points from left to right; gaps stay open. The smallest value lies at the bottom, equal ones in the middle. */
export function sparkLine(points: readonly WatchPoint[], width: number, height: number): SparkLine {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]))
  if (known.length === 0) return { lines: '', dots: '', sentence: `no value in the last ${points.length} steps` }
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const xOf = (index: number): string => (points.length === 1 ? width : (index / (points.length - 1)) * width).toFixed(1)
  const yOf = (value: number): string => (most === least ? height / 2 : height - ((value - least) / (most - least)) * height).toFixed(1)
  const lines: string[] = []
  const dots: string[] = []
  for (const [index, { value }] of points.entries()) {
    if (value === null) continue
    const place = `${xOf(index)} ${yOf(value)}`
    const isBegin = points[index - 1]?.value == null
    if (isBegin && points[index + 1]?.value == null) dots.push(`M${place}h0`)
    else lines.push(`${isBegin ? 'M' : 'L'}${place}`)
  }
  const gaps = points.length - known.length
  return { lines: lines.join(''), dots: dots.join(''), sentence: `${formatValue(least)} to ${formatValue(most)} over ${points.length} steps${gaps === 0 ? '' : `, ${gaps} without a value`}` }
}
