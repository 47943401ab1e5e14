/** @file Lanes of two generations over one token axis: the first in the lanes' own colours, the second dashed in another. It does not know the chart instance. */
import type { Palette } from '../theme/palette.ts'
import type { ChartOption } from './chart-option.ts'
import { lanesData, placedSeries } from './lane-chart.ts'
import type { Lane, LaneSeries, LaneTrace, LaneView } from './lane.ts'
import { onCommonAxes } from './record-trace.ts'

/** Series, axis ends and legends for a window, of one trace or several. */
export function overlaidLanes(lanes: readonly Lane[], traces: readonly LaneTrace[], view: LaneView): ChartOption {
  const [first, ...others] = onCommonAxes(traces)
  if (first === undefined) return { series: [] }
  const own = lanesData(lanes, first, view)
  const beside = others.flatMap((trace, index) => lanes.flatMap((lane, place) => lane.series(trace, { ...view, palette: secondPalette(view.palette) }).map((series) => placedSeries({ ...besideStyle(series), id: `${series.id}-${index + 1}` }, place))))
  // The first lies on top.
  return { ...own, series: [...beside, ...[own.series ?? []].flat()] }
}

/** Every data colour is the accent: told from the first by that, by dashes, and by the readout in words. */
export function secondPalette(palette: Palette): Palette {
  return { ...palette, trigger: palette.accent, entropy: palette.accent, memory: palette.accent, textFaint: palette.accent }
}

/** Without areas, thresholds and bands: the first draws them. */
function besideStyle(series: LaneSeries): LaneSeries {
  if (series.type !== 'line') return series
  const { areaStyle: _area, markLine: _line, markArea: _band, ...rest } = series
  return { ...rest, showSymbol: false, lineStyle: { ...rest.lineStyle, type: 'dashed' } }
}
