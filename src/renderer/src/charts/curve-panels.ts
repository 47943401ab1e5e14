/**
 * @file Training curves as small panels over one zoomable step axis, as ECharts options: a frame that changes with size and theme, data
 * that changes with every step, titles that follow the cursor. It does not know the chart instance, nor what a curve measures.
 */
import { visibleLine } from '../components/visible-text.ts'
import { monospaceFont, systemFont } from '../theme/fonts.ts'
import type { Palette } from '../theme/palette.ts'
import type { ChartOption, SeriesOption } from './chart-option.ts'
import { formatNumber } from './format.ts'
import { linesBeside, type CurvesBeside } from './imported-curves.ts'
import { lineIdOf, readCurve, type Curve, type CurveRecord } from './training-curves.ts'

const LOWEST_PANEL_PX = 164
/** Higher than this a curve only looks steeper. */
const HIGHEST_PANEL_PX = 300
const SLIDER_PX = 22
/** Below this a panel's title and value no longer fit beside each other. */
const NARROWEST_PANEL_PX = 360
const TITLE_LINE_PX = 16
/** Between a title and its panel. */
const BELOW_TITLE_PX = 10
/** Axis labels, and air before the next title. */
const AXIS_PX = 30
const LEFT_PX = 56
const RIGHT_PX = 16
/** Empty axis length, so that the first steps do not fill the whole width. */
const SHORTEST_AXIS = 10
/** With more points than this a line alone is clearer. */
const MOST_SYMBOLS = 60
/** Of a name in a title; the end of a path tells more than its beginning. */
const LONGEST_NAME = 32

export interface PanelLayout {
  columns: number
  panelWidthPx: number
  panelHeightPx: number
  titlePx: number
  /** Of all panels and the slider; more than there is room for where there are many. */
  heightPx: number
}

/**
 * Fills a room of this size in pixels, as far as panels stay readable.
 * @param options.titleLines 2 where something lies beside the run. @default 1
 */
export function layOutPanels(panelCount: number, room: { widthPx: number; heightPx: number }, { titleLines = 1 }: { titleLines?: 1 | 2 } = {}): PanelLayout {
  const columns = Math.max(1, Math.min(3, Math.floor(room.widthPx / NARROWEST_PANEL_PX)))
  const rows = Math.ceil(panelCount / columns)
  const panelHeightPx = Math.max(LOWEST_PANEL_PX, Math.min(HIGHEST_PANEL_PX, Math.floor((room.heightPx - SLIDER_PX) / rows)))
  return { columns, panelWidthPx: room.widthPx / columns, panelHeightPx, titlePx: titleLines * TITLE_LINE_PX + BELOW_TITLE_PX, heightPx: rows * panelHeightPx + SLIDER_PX }
}

/** Grids, axes and zoom. */
export function panelsFrame(curves: readonly Curve[], layout: PanelLayout, palette: Palette): ChartOption {
  const label = { color: palette.textMuted, fontSize: 10, fontFamily: monospaceFont }
  const line = { lineStyle: { color: palette.line } }
  const every = curves.map((_, index) => index)
  return {
    animation: false,
    grid: curves.map(({ id }, index) => ({ id, ...placeOf(index, layout) })),
    axisPointer: { link: [{ xAxisIndex: 'all' }], triggerOn: 'mousemove' },
    xAxis: curves.map(({ id }, index) => ({
      id,
      gridIndex: index,
      type: 'value' as const,
      minInterval: 1,
      axisLine: { onZero: false, ...line },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { ...label, hideOverlap: true },
      axisPointer: { show: true, type: 'line' as const, snap: false, label: { show: false }, lineStyle: { color: palette.textMuted, type: 'dotted' as const } },
    })),
    yAxis: curves.map(({ id, isFromZero }, index) => ({
      id,
      gridIndex: index,
      type: 'value' as const,
      scale: !isFromZero,
      splitNumber: 3,
      axisLine: { show: false },
      axisTick: { show: false },
      axisPointer: { show: false },
      axisLabel: { ...label, formatter: axisNumber },
      splitLine: { show: true, lineStyle: { color: palette.line, opacity: 0.6 } },
    })),
    dataZoom: [
      { id: 'wheel', type: 'inside', xAxisIndex: every, zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, moveOnMouseWheel: false, minValueSpan: 4 },
      {
        id: 'slider',
        type: 'slider',
        xAxisIndex: every,
        bottom: 2,
        left: LEFT_PX,
        right: RIGHT_PX,
        height: SLIDER_PX - 8,
        minValueSpan: 4,
        showDetail: false,
        showDataShadow: false,
        brushSelect: false,
        borderColor: palette.line,
        backgroundColor: palette.ground,
        fillerColor: `${palette.accent}26`,
        handleStyle: { color: palette.lineStrong, borderColor: palette.lineStrong },
        moveHandleSize: 0,
      },
    ],
  }
}

/** Lines and axis ends; merges into a frame. `totalSteps` is null where the plan is not known. */
export function panelsData(curves: readonly Curve[], record: CurveRecord, { totalSteps, beside }: { totalSteps: number | null; beside: CurvesBeside | null }, palette: Palette): ChartOption {
  const lastBeside = [...(beside?.lines.values() ?? [])].map(({ points }) => points(record).at(-1)?.[0] ?? 0)
  const max = Math.max(totalSteps ?? 0, record.steps.at(-1)?.step ?? 0, SHORTEST_AXIS, ...lastBeside)
  const series = curves.flatMap((curve, index) =>
    curve.lines.flatMap((line): SeriesOption[] => {
      const id = lineIdOf(curve, line)
      const data = line.points(record)
      const colour = palette[line.colour]
      const common = { type: 'line' as const, xAxisIndex: index, yAxisIndex: index, silent: true, sampling: 'lttb' as const, itemStyle: { color: colour } }
      return [
        {
          ...common,
          id,
          symbol: line.isSparse ? 'diamond' : 'circle',
          symbolSize: line.isSparse ? 7 : 3,
          showSymbol: line.isSparse || data.length <= MOST_SYMBOLS,
          lineStyle: { color: colour, width: 1.25 },
          data,
        },
        // Without points where there is nothing: a merge would keep what lay there before.
        { ...common, id: `${id}-beside`, z: 1, showSymbol: false, lineStyle: { color: colour, width: 1, type: 'dashed' }, data: beside?.lines.get(id)?.points(record) ?? [] },
      ]
    }),
  )
  return { xAxis: curves.map(({ id }) => ({ id, min: 0, max })), series }
}

/** Each panel's name, what it measures and its values at `step` (null: the newest), and below it what lies beside; merges into a frame. */
export function panelsTitles(curves: readonly Curve[], record: CurveRecord, { step, beside }: { step: number | null; beside: CurvesBeside | null }, layout: PanelLayout, palette: Palette): ChartOption {
  return {
    title: curves.map((curve, index) => {
      const { left, top } = placeOf(index, layout)
      const values = readCurve(curve, record, step)
      const others = readCurve({ lines: linesBeside(curve, beside) }, record, step)
      const shown = (of: typeof values): string => of.map(({ colour, text }) => `{${colour}|${text}}`).join('  ')
      const second = beside === null || others.length === 0 ? '' : `\n{legend|┄┄ ${titleName(beside.name)}}  ${shown(others)}`
      return {
        id: curve.id,
        text: `{name|${curve.title}}  {legend|${curve.legend}}  ${shown(values)}${second}`,
        left: left - LEFT_PX + 12,
        top: top - layout.titlePx + 4,
        padding: 0,
        textStyle: {
          lineHeight: TITLE_LINE_PX,
          rich: {
            name: { color: palette.text, fontSize: 11, fontFamily: systemFont, fontWeight: 600, lineHeight: TITLE_LINE_PX },
            legend: { color: palette.textMuted, fontSize: 11, fontFamily: systemFont, fontWeight: 400, lineHeight: TITLE_LINE_PX },
            ...Object.fromEntries([...values, ...others].map(({ colour }) => [colour, { color: palette[colour], fontSize: 11, fontFamily: monospaceFont, fontWeight: 400, lineHeight: TITLE_LINE_PX }])),
          },
        },
      }
    }),
  }
}

/** In one line, and without what ECharts would read as styles. */
function titleName(name: string): string {
  const line = visibleLine(name).replaceAll(/[{}|]/g, ' ')
  return line.length > LONGEST_NAME ? `…${line.slice(-LONGEST_NAME)}` : line
}

/** Pixels of a panel's drawing area. */
function placeOf(index: number, { columns, panelWidthPx, panelHeightPx, titlePx }: PanelLayout): { left: number; top: number; width: number; height: number } {
  return {
    left: Math.round((index % columns) * panelWidthPx) + LEFT_PX,
    top: Math.floor(index / columns) * panelHeightPx + titlePx,
    width: Math.max(40, Math.round(panelWidthPx) - LEFT_PX - RIGHT_PX),
    height: panelHeightPx - titlePx - AXIS_PX,
  }
}

/** As short as an axis can have it: 4 and 4.1, not 4.00; 1e-5 where zeros would fill the margin. */
function axisNumber(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(Number(formatNumber(value)))
}
