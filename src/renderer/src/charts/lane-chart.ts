/** @file Lanes over one token axis as ECharts options: a frame that changes with size, lanes and theme, and data that changes with trace and window. It does not know the chart instance. */
import type { Palette } from '../theme/palette.ts'
import { monospaceFont, systemFont } from '../theme/fonts.ts'
import type { ChartOption, Point, SeriesOption } from './chart-option.ts'
import type { Lane, LaneAxis, LaneSeries, LaneTrace, LaneView } from './lane.ts'
import { LANE_LEFT_PX, LANE_RIGHT_PX, type LaneLayout } from './lane-layout.ts'

/** Titles, grids and axes. */
export function lanesFrame(lanes: readonly Lane[], { places }: LaneLayout, palette: Palette): ChartOption {
  const label = axisLabel(palette)
  const line = { lineStyle: { color: palette.line } }
  const isLast = (index: number): boolean => index === lanes.length - 1
  return {
    animation: false,
    title: lanes.map(({ id }, index) => ({
      id,
      left: LANE_LEFT_PX - 4,
      top: (places[index]?.titleTop ?? 0) + 2,
      padding: 0,
      textStyle: {
        rich: {
          name: { color: palette.text, fontSize: 11, fontFamily: systemFont, fontWeight: 600 },
          legend: { color: palette.textMuted, fontSize: 11, fontFamily: systemFont, fontWeight: 400 },
        },
      },
    })),
    // Places are given: without this the library would measure every label of every axis at each redraw, to make room for them.
    grid: lanes.map(({ id }, index) => ({ id, left: LANE_LEFT_PX, right: LANE_RIGHT_PX, top: places[index]?.top ?? 0, height: places[index]?.height ?? 0, outerBoundsMode: 'none' as const })),
    xAxis: lanes.map(({ id }, index) => ({
      id,
      gridIndex: index,
      type: 'value' as const,
      minInterval: 1,
      axisLine: { onZero: false, ...line },
      axisTick: { show: isLast(index), ...line },
      splitLine: { show: false },
      axisLabel: { show: isLast(index), ...label, formatter: stepLabel, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
    })),
    yAxis: lanes.map(({ id }, index) => ({
      id,
      gridIndex: index,
      type: 'value' as const,
      axisLine: { show: false },
      axisTick: { show: false },
    })),
  }
}

/** Series, axis ends and legends for a window; merges into a frame of the same lanes. */
export function lanesData(lanes: readonly Lane[], trace: LaneTrace, view: LaneView): ChartOption {
  return {
    title: lanes.map((lane) => ({ id: lane.id, text: `{name|${lane.title}}  {legend|${lane.legend(trace, view)}}` })),
    xAxis: lanes.map(({ id }) => ({ id, type: 'value' as const, min: view.window.min, max: view.window.max })),
    yAxis: lanes.map((lane) => {
      const { min, max, ticks } = lane.axis(trace)
      const labels = new Map(ticks.map(({ at, label }) => [at, label]))
      const customValues = ticks.map(({ at }) => at)
      return {
        id: lane.id,
        type: 'value' as const,
        min,
        max,
        axisLabel: { ...axisLabel(view.palette), customValues, formatter: (value: number) => labels.get(value) ?? '' },
        // Lines at the numbers or none: the library places its own evenly from the axis' end.
        ...(isEven({ min, max, ticks }) ? { interval: (max - min) / (ticks.length - 1) } : {}),
        splitLine: { show: isEven({ min, max, ticks }), lineStyle: { color: view.palette.line, opacity: 0.6 } },
      }
    }),
    series: lanes.flatMap((lane, index) => lane.series(trace, view).map((series) => placedSeries(series, index))),
  }
}

/** A lane's series on the axes of the lane's place. */
export function placedSeries(series: LaneSeries, place: number): SeriesOption {
  const axes = { xAxisIndex: place, yAxisIndex: place }
  const points = series.data as Point[] | undefined // lanes draw nothing but points
  if (points === undefined || points.length === 0) return { ...series, ...axes }
  return { ...series, ...axes, dimensions: ['x', 'y'], data: packed(points) as never } // the library's types do not know that it reads these
}

/** [x, y, x, y…]: of points as arrays the library makes three copies at every zoom. */
function packed(points: readonly Point[]): Float64Array {
  const numbers = new Float64Array(2 * points.length)
  points.forEach(([x, y], index) => {
    numbers[2 * index] = x
    numbers[2 * index + 1] = y
  })
  return numbers
}

function isEven({ min, max, ticks }: LaneAxis): boolean {
  return ticks.length > 1 && ticks.every(({ at }, index) => Math.abs(at - (min + (index * (max - min)) / (ticks.length - 1))) < 1e-9 * (max - min))
}

function axisLabel(palette: Palette): { color: string; fontSize: number; fontFamily: string } {
  return { color: palette.textMuted, fontSize: 10, fontFamily: monospaceFont }
}

/** Frame and data as one option: components of the same kind and place are one. */
export function mergedById(frame: ChartOption, data: ChartOption): ChartOption {
  return {
    ...frame,
    title: zipped(frame.title, data.title),
    xAxis: zipped(frame.xAxis, data.xAxis),
    yAxis: zipped(frame.yAxis, data.yAxis),
    series: data.series ?? [],
  }
}

function zipped<Part extends object>(frame: Part | Part[] | undefined, data: Part | Part[] | undefined): Part[] {
  const later = listed(data)
  return listed(frame).map((part, index) => ({ ...part, ...later[index] }))
}

function listed<Part extends object>(parts: Part | Part[] | undefined): Part[] {
  return parts === undefined ? [] : Array.isArray(parts) ? parts : [parts]
}

function stepLabel(value: number): string {
  return value >= 0 && Number.isInteger(value) ? String(value) : ''
}
