/** @file Points that grow at their end, in typed arrays, with their extremes known. It does not know what they measure. */

/** Rising in `x`; `y` is NaN where there is nothing to draw. Only the first `length` numbers count. */
export interface Series {
  x: Float64Array
  y: Float64Array
  length: number
  /** Of the finite values; Infinity and -Infinity while there are none. */
  lowest: number
  highest: number
}

const FIRST_CAPACITY = 256

export function createSeries(): Series {
  return { x: new Float64Array(FIRST_CAPACITY), y: new Float64Array(FIRST_CAPACITY), length: 0, lowest: Infinity, highest: -Infinity }
}

/** Value i lies at x = i. */
export function seriesOf(values: ArrayLike<number>): Series {
  const series = createSeries()
  for (let index = 0; index < values.length; index++) appendPoint(series, index, values[index] ?? Number.NaN)
  return series
}

/** Amortised O(1). */
export function appendPoint(series: Series, x: number, y: number): void {
  if (series.length === series.x.length) {
    series.x = doubled(series.x)
    series.y = doubled(series.y)
  }
  series.x[series.length] = x
  series.y[series.length] = y
  series.length += 1
  if (y < series.lowest) series.lowest = y
  if (y > series.highest) series.highest = y
}

/** The first point at `x` or after it; the series' length where there is none. */
export function firstAtOrAfter(series: Pick<Series, 'x' | 'length'>, x: number): number {
  let low = 0
  let high = series.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((series.x[middle] ?? Infinity) < x) low = middle + 1
    else high = middle
  }
  return low
}

function doubled(numbers: Float64Array): Float64Array {
  const larger = new Float64Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}
