/** @file The shown part of an axis, in percent of it as the chart counts, moved by hand. It does not know the chart. */

export interface ShownPart {
  readonly start: number
  readonly end: number
}

/** Moved by `share` of its own length, as far as the axis goes. */
export function movedPart({ start, end }: ShownPart, share: number): ShownPart {
  const length = end - start
  const from = Math.min(Math.max(start + share * length, 0), 100 - length)
  return { start: from, end: from + length }
}
