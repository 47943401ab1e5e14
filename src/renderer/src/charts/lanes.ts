/**
 * @file The debugger's three lanes over one zoomable token axis as ECharts options: a frame that changes with size and
 * theme, and data that changes with every step. It does not know the chart instance.
 */
import type { Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import type { Palette } from '../theme/palette.ts'
import { monospaceFont, systemFont } from '../theme/fonts.ts'
import type { ChartOption, Point, SeriesOption } from './chart-option.ts'
import { formatNumber } from './format.ts'
import { normCeiling, normSeries, type NormReference } from './norm-lane.ts'
import { axisRange } from './token-axis.ts'
import { STRIP_FLOOR, triggerSeries } from './trigger-lane.ts'

export interface LanesData {
  steps: readonly Step[]
  weaves: readonly Weave[]
  reference: NormReference
}

const lanes = [
  { id: 'trigger', title: 'Trigger probability', legend: 'dashed: threshold 0.5 · below 0: decisions without a probability', share: 0.42 },
  { id: 'entropy', title: 'Entropy', legend: 'nats, of the next-token distribution', share: 0.23 },
  { id: 'norm', title: 'Latent norms', legend: '◆ latents · band: prompt tokens 5–95 % · dashed: vocabulary 5, 50, 95 %', share: 0.35 },
] as const

export const laneIds = lanes.map((lane) => lane.id)

const TITLE_PX = 18
const GAP_PX = 6
const AXIS_LABEL_PX = 16
const SLIDER_PX = 16
const LEFT_PX = 44
const RIGHT_PX = 14

/** Grids, axes and zoom for a panel of this height in pixels. */
export function lanesFrame(heightPx: number, palette: Palette): ChartOption {
  const drawable = Math.max(60, heightPx - lanes.length * (TITLE_PX + GAP_PX) - AXIS_LABEL_PX - SLIDER_PX)
  let top = 0
  const places = lanes.map((lane) => {
    const place = { titleTop: top, gridTop: top + TITLE_PX, height: Math.round(drawable * lane.share) }
    top = place.gridTop + place.height + GAP_PX
    return place
  })
  const label = { color: palette.textMuted, fontSize: 10, fontFamily: monospaceFont }
  const line = { lineStyle: { color: palette.line } }

  return {
    animation: false,
    title: lanes.map((lane, index) => ({
      id: lane.id,
      text: `{name|${lane.title}}  {legend|${lane.legend}}`,
      left: LEFT_PX - 4,
      top: (places[index]?.titleTop ?? 0) + 2,
      padding: 0,
      textStyle: {
        rich: {
          name: { color: palette.text, fontSize: 11, fontFamily: systemFont, fontWeight: 600 },
          legend: { color: palette.textMuted, fontSize: 11, fontFamily: systemFont },
        },
      },
    })),
    grid: lanes.map((lane, index) => ({ id: lane.id, left: LEFT_PX, right: RIGHT_PX, top: places[index]?.gridTop ?? 0, height: places[index]?.height ?? 0 })),
    axisPointer: { link: [{ xAxisIndex: 'all' }], triggerOn: 'mousemove' },
    xAxis: lanes.map((lane, index) => ({
      id: lane.id,
      gridIndex: index,
      type: 'value' as const,
      minInterval: 1,
      axisLine: { onZero: false, ...line },
      axisTick: { show: index === lanes.length - 1, ...line },
      splitLine: { show: false },
      axisLabel: { show: index === lanes.length - 1, ...label, formatter: stepLabel, showMinLabel: false, showMaxLabel: false },
      axisPointer: { show: true, type: 'line' as const, snap: false, label: { show: false }, lineStyle: { color: palette.textMuted, type: 'dotted' as const } },
    })),
    yAxis: lanes.map((lane, index) => ({
      id: lane.id,
      gridIndex: index,
      type: 'value' as const,
      axisLine: { show: false },
      axisTick: { show: false },
      axisPointer: { show: false },
      splitLine: { show: true, lineStyle: { color: palette.line, opacity: 0.6 } },
      ...(lane.id === 'trigger'
        ? { min: STRIP_FLOOR, max: 1.08, interval: 0.5, axisLabel: { ...label, customValues: [0, 0.5, 1] }, splitLine: { show: false } }
        : { min: 0, splitNumber: 2, axisLabel: { ...label, formatter: axisNumber } }),
    })),
    dataZoom: [
      { id: 'wheel', type: 'inside', xAxisIndex: lanes.map((_, index) => index), zoomOnMouseWheel: true, moveOnMouseMove: true, moveOnMouseWheel: false, minValueSpan: 8 },
      {
        id: 'slider',
        type: 'slider',
        xAxisIndex: lanes.map((_, index) => index),
        bottom: 0,
        left: LEFT_PX,
        right: RIGHT_PX,
        height: SLIDER_PX - 4,
        minValueSpan: 8,
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

/** Series and axis ends; merges into a frame. */
export function lanesData({ steps, weaves, reference }: LanesData, palette: Palette): ChartOption {
  const range = axisRange(steps.length)
  const ceiling = normCeiling(weaves, reference)
  const highest = entropyCeiling(steps)
  return {
    xAxis: laneIds.map((id) => ({ id, ...range })),
    yAxis: [{ id: 'trigger' }, { id: 'entropy', max: highest, interval: highest / 2 }, { id: 'norm', max: ceiling, interval: ceiling / 2 }],
    series: [...triggerSeries(steps, palette, 0), entropySeries(steps, palette), ...normSeries(weaves, reference, palette, 2)],
  }
}

/** The selected token's line through all lanes; merges into a frame without touching the data. */
export function lanesCursor(selectedStep: number | null, palette: Palette): ChartOption {
  const series = laneIds.map((id, index): SeriesOption => ({
    id: `cursor-${id}`,
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    symbol: 'none',
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      label: { show: false },
      lineStyle: { color: palette.accent, type: 'solid', width: 1.5 },
      data: selectedStep === null ? [] : [{ xAxis: selectedStep }],
    },
  }))
  return { series }
}

/** The next even number of nats, so that the axis moves seldom. */
function entropyCeiling(steps: readonly Step[]): number {
  return Math.max(2, 2 * Math.ceil(steps.reduce((highest, step) => Math.max(highest, step.entropy), 0) / 2))
}

function entropySeries(steps: readonly Step[], palette: Palette): SeriesOption {
  return {
    id: 'entropy',
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    silent: true,
    symbol: 'circle',
    symbolSize: 3,
    showSymbol: steps.length <= 200,
    sampling: 'lttb',
    lineStyle: { color: palette.entropy, width: 1.25 },
    itemStyle: { color: palette.entropy },
    areaStyle: { color: palette.entropy, opacity: 0.1 },
    data: steps.map((step): Point => [step.index, step.entropy]),
  }
}

/** As short as an axis can have it: 4 and 4.1, not 4.00. */
function axisNumber(value: number): string {
  return String(Number(formatNumber(value)))
}

function stepLabel(value: number): string {
  return value >= 0 && Number.isInteger(value) ? String(value) : ''
}
