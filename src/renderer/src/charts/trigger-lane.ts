/**
 * @file The trigger lane: a trained trigger's probability at each candidate with the threshold it is held against, and,
 * in a strip of their own below zero, the decisions that have no probability. It does not know the other lanes.
 */
import type { Palette } from '../theme/palette.ts'
import type { Point } from './chart-option.ts'
import { decisionMark, markKinds, type MarkKind, type MarkShape } from './decision-mark.ts'
import { binWidthOf, extremesInWindow } from './extremes.ts'
import type { Lane, LaneSeries, LaneView } from './lane.ts'
import { oneShape } from './line-lane.ts'
import { firstAtOrAfter } from './series.ts'
import type { TraceSeries } from './trace-series.ts'

/** Insert when softmax(triggerLogits)[1] is above it: the larger of two logits wins (docs/REFERENCE.md 1.6). */
export const TRIGGER_THRESHOLD = 0.5
/** Where marks without a probability lie; the axis shows no number there. */
export const STRIP_Y = -0.2
const STRIP_FLOOR = -0.36
/** Above this many in sight, marks would only cover each other: of each kind the highest and lowest of a stretch are drawn. */
const MOST_MARKS = 400
/** A stretch that is drawn as one mark, about a mark's width. */
const PX_PER_MARK = 6
const PX_PER_STEM = 2

const symbols: Readonly<Record<MarkShape, string>> = {
  circle: 'circle',
  diamond: 'diamond',
  square: 'rect',
  triangle: 'triangle',
  tick: 'rect',
}

export const triggerLane: Lane = {
  id: 'trigger',
  title: 'Trigger probability',
  legend: ({ series }, { window }) => `dashed: threshold 0.5 · below 0: decisions without a probability${countIn(series, window) > MOST_MARKS ? ' · zoom in for every mark' : ''}`,
  meaning: 'What a trained trigger answered where it was asked; above the threshold latents are inserted. Constant triggers, policies and your own decisions have no probability.',
  share: 0.4,
  computation: null,
  axis: () => ({ min: STRIP_FLOOR, max: 1.08, ticks: [0, TRIGGER_THRESHOLD, 1].map((at) => ({ at, label: String(at) })) }),
  series: ({ series }, view) => [stemSeries(series, view), ...markSeries(series, view)],
  reading: (_, step) => decisionMark(step)?.sentence ?? 'not a candidate',
  csvColumns: [
    { name: 'candidate', value: (_, step) => Number(step.candidate) },
    { name: 'p_invoke', value: (_, step) => step.pInvoke },
    { name: 'decision', value: (_, step) => step.decision },
    { name: 'decision_source', value: (_, step) => step.decisionSource },
    { name: 'augmentation_count', value: (_, step) => step.augmentationCount },
  ],
}

/** By place in `markKinds`: marks lie at the probability where there is one, else in the strip. */
export function marksInWindow(series: Pick<TraceSeries, 'decisions' | 'decisionMarks'>, { window, widthPx }: Pick<LaneView, 'window' | 'widthPx'>): Point[][] {
  const { decisions, decisionMarks } = series
  const from = firstAtOrAfter(decisions, window.min)
  const to = firstAtOrAfter(decisions, window.max)
  const points: Point[][] = markKinds.map(() => [])
  const pointAt = (index: number): Point => [decisions.x[index] ?? Number.NaN, markHeight(decisions.y[index])]
  if (to - from <= MOST_MARKS) {
    for (let index = from; index < to; index++) points[decisionMarks[index] ?? -1]?.push(pointAt(index))
    return points
  }
  const binWidth = binWidthOf(window, widthPx / PX_PER_MARK)
  points.forEach((ofKind, kind) => {
    let bin = Number.NaN
    let lowest = 0
    let highest = 0
    const close = (): void => {
      if (!Number.isNaN(bin)) ofKind.push(pointAt(lowest), ...(lowest === highest ? [] : [pointAt(highest)]))
    }
    for (let index = from; index < to; index++) {
      if (decisionMarks[index] !== kind) continue
      const binHere = Math.floor((decisions.x[index] ?? 0) / binWidth)
      if (binHere !== bin) {
        close()
        bin = binHere
        lowest = highest = index
        continue
      }
      const height = markHeight(decisions.y[index])
      if (height < markHeight(decisions.y[lowest])) lowest = index
      if (height > markHeight(decisions.y[highest])) highest = index
    }
    close()
  })
  return points
}

function markHeight(probability = Number.NaN): number {
  return Number.isNaN(probability) ? STRIP_Y : probability
}

function countIn({ decisions }: TraceSeries, { min, max }: LaneView['window']): number {
  return firstAtOrAfter(decisions, max) - firstAtOrAfter(decisions, min)
}

/** A line from zero to each probability with a gap after it. Bars would do, but ECharts widens their axis, and the lanes must stay aligned. */
function stemSeries({ decisions }: TraceSeries, { window, widthPx, palette }: LaneView): LaneSeries {
  const shown = extremesInWindow(decisions, { window, bins: widthPx / PX_PER_STEM })
  const isDense = shown.length > widthPx / PX_PER_STEM
  return {
    id: 'trigger-probability',
    type: 'line',
    silent: true,
    symbol: 'none',
    lineStyle: { color: palette.trigger, width: isDense ? 1 : 2, opacity: 0.55 },
    data: shown.flatMap((index): Point[] => {
      const [x = Number.NaN, y = Number.NaN] = [decisions.x[index], decisions.y[index]]
      return Number.isNaN(y) ? [] : [[x, 0], [x, y], [x, Number.NaN]]
    }),
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      label: { show: false },
      data: [
        { yAxis: TRIGGER_THRESHOLD, lineStyle: { color: palette.textFaint, type: 'dashed', width: 1 } },
        { yAxis: 0, lineStyle: { color: palette.lineStrong, type: 'solid', width: 1 } },
      ],
    },
  }
}

/** Of the kinds that the trace has: an empty series takes a redraw nearly as long as a small one. */
function markSeries(series: TraceSeries, view: LaneView): LaneSeries[] {
  const points = marksInWindow(series, view)
  const scale = countIn(series, view.window) > MOST_MARKS ? 0.6 : 1
  return markKinds.flatMap((kind, index): LaneSeries[] => {
    if (series.markCounts[index] === 0) return []
    const colour = markColour(kind, view.palette)
    const isTick = kind.shape === 'tick'
    return [{
      id: `trigger-mark-${kind.shape}-${kind.isFilled ? 'filled' : 'hollow'}`,
      type: 'scatter',
      silent: true,
      // A kind that comes up late in a trace has its place below those drawn before it.
      z: 2 + index / markKinds.length,
      // The library draws marks as thin as ticks past the path, which an SVG does not have.
      ...(isTick ? {} : oneShape),
      symbol: symbols[kind.shape],
      symbolSize: isTick ? [1.5, 9] : scale * (kind.isFilled ? 10 : 8),
      itemStyle: { color: kind.isFilled || isTick ? colour : view.palette.surface, borderColor: colour, borderWidth: isTick ? 0 : 1.5, opacity: 1 },
      data: points[index] ?? [],
    }]
  })
}

function markColour({ shape, isFilled }: MarkKind, palette: Palette): string {
  return isFilled ? palette.memory : shape === 'tick' ? palette.textFaint : palette.trigger
}
