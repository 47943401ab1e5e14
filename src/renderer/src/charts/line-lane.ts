/** @file What lanes have in common in how they draw: lines, marks and axes from zero. It does not know what is measured. */
import type { Palette } from '../theme/palette.ts'
import { pointsInWindow } from './extremes.ts'
import { formatNumber } from './format.ts'
import type { LaneAxis, LaneSeries, LaneView } from './lane.ts'
import type { Series } from './series.ts'

/** Each stretch of so many pixels shows its lowest and its highest value: finer, seven lanes take longer than a frame has. */
const PX_PER_PEAK = 2
/** With points closer than this a line alone is clearer, and much less work: each symbol is an element of its own. */
const PX_PER_SYMBOL = 20

/** All marks of a series as one path: elements of their own would take most of a frame to make anew at every zoom. Not for no marks at all: the library fails on an empty path. */
export const oneShape = { large: true, largeThreshold: 1 } as const

/** One line with a tinted area towards zero; a curve with a peak at every pixel is a hairline alone, which takes a browser a fraction of the time. */
export function lineSeries(id: string, series: Series, colour: keyof Palette, { window, widthPx, palette }: LaneView): LaneSeries {
  const data = pointsInWindow(series, { window, bins: widthPx / PX_PER_PEAK })
  const isDense = data.length > widthPx / PX_PER_PEAK
  return {
    id,
    type: 'line',
    silent: true,
    symbol: 'circle',
    symbolSize: 3,
    showSymbol: data.length <= widthPx / PX_PER_SYMBOL,
    lineStyle: { color: palette[colour], width: isDense ? 1 : 1.25 },
    itemStyle: { color: palette[colour] },
    areaStyle: { color: palette[colour], opacity: isDense ? 0 : 0.1, origin: 'auto' },
    data,
  }
}

/** From zero to a round number above the highest value, so that the axis moves seldom; at least to `least`. */
export function axisFromZero(highest: number, least: number): LaneAxis {
  const max = Math.max(least, Number.isFinite(highest) ? roundUp(highest) : 0)
  return { min: 0, max, ticks: [0, max / 2, max].map((at) => ({ at, label: axisNumber(at) })) }
}

/** To two significant digits, the last even: the axis does not tremble with every step, and its half is short too. */
export function roundUp(value: number): number {
  if (value <= 0) return 0
  const unit = 2 * 10 ** (Math.floor(Math.log10(value)) - 1)
  return Math.ceil(value / unit) * unit
}

/** As short as an axis can have it: 4 and 4.1, not 4.00. */
export function axisNumber(value: number): string {
  return String(Number(formatNumber(value)))
}
