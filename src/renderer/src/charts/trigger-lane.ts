/**
 * @file The trigger lane: a trained trigger's probability at each candidate with the threshold it is held against, and,
 * in a strip of their own below zero, the decisions that have no probability. It does not know the other lanes.
 */
import type { Step } from '../../../shared/domain/step.ts'
import type { Palette } from '../theme/palette.ts'
import type { Point, SeriesOption } from './chart-option.ts'
import { decisionMark, type MarkShape } from './decision-mark.ts'

/** Insert when softmax(triggerLogits)[1] is above it: the larger of two logits wins (docs/REFERENCE.md 1.6). */
export const TRIGGER_THRESHOLD = 0.5
/** Where marks without a probability lie; the axis shows no number there. */
export const STRIP_Y = -0.2
export const STRIP_FLOOR = -0.36

const symbols: Readonly<Record<MarkShape, string>> = {
  circle: 'circle',
  diamond: 'diamond',
  square: 'rect',
  triangle: 'triangle',
  tick: 'path://M-0.6,-5 L0.6,-5 L0.6,5 L-0.6,5 Z',
}

const markKinds: readonly { shape: MarkShape; isFilled: boolean }[] = [
  ...(['circle', 'diamond', 'square', 'triangle'] as const).flatMap((shape) => [{ shape, isFilled: false }, { shape, isFilled: true }]),
  { shape: 'tick', isFilled: false },
]

type MarkKey = `${MarkShape}-${'filled' | 'hollow'}`

function markKey(mark: { shape: MarkShape; isFilled: boolean }): MarkKey {
  return `${mark.shape}-${mark.isFilled ? 'filled' : 'hollow'}`
}

export interface TriggerPoints {
  /** [step, pInvoke] of every step where a trained trigger was asked. */
  probabilities: Point[]
  /** By shape and filling: at the probability where there is one, else in the strip. */
  marks: ReadonlyMap<MarkKey, Point[]>
}

export function triggerPoints(steps: readonly Step[]): TriggerPoints {
  const probabilities: Point[] = []
  const marks = new Map<MarkKey, Point[]>(markKinds.map((kind) => [markKey(kind), []]))
  for (const step of steps) {
    const mark = decisionMark(step)
    if (mark === null) continue
    if (step.pInvoke !== null) probabilities.push([step.index, step.pInvoke])
    marks.get(markKey(mark))?.push([step.index, step.pInvoke ?? STRIP_Y])
  }
  return { probabilities, marks }
}

/** A line from zero to each point with a gap after it. Bars would do, but ECharts widens their axis, and the lanes must stay aligned. */
export function probabilityStems(probabilities: readonly Point[]): Point[] {
  return probabilities.flatMap(([step, probability]): Point[] => [[step, 0], [step, probability], [step, Number.NaN]])
}

/** Series on axes `axisIndex`; their ids are stable, so that setting them again replaces only the data. */
export function triggerSeries(steps: readonly Step[], palette: Palette, axisIndex: number): SeriesOption[] {
  const { probabilities, marks } = triggerPoints(steps)
  const axes = { xAxisIndex: axisIndex, yAxisIndex: axisIndex }
  return [
    {
      id: 'trigger-probability',
      type: 'line',
      ...axes,
      silent: true,
      symbol: 'none',
      lineStyle: { color: palette.trigger, width: 2, opacity: 0.55 },
      data: probabilityStems(probabilities),
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
    },
    ...markKinds.map((kind): SeriesOption => {
      const colour = kind.isFilled ? palette.memory : kind.shape === 'tick' ? palette.textFaint : palette.trigger
      return {
        id: `trigger-mark-${markKey(kind)}`,
        type: 'scatter',
        ...axes,
        silent: true,
        symbol: symbols[kind.shape],
        symbolSize: kind.shape === 'tick' ? [1.5, 9] : kind.isFilled ? 10 : 8,
        itemStyle: { color: kind.isFilled || kind.shape === 'tick' ? colour : palette.surface, borderColor: colour, borderWidth: kind.shape === 'tick' ? 0 : 1.5 },
        data: marks.get(markKey(kind)) ?? [],
      }
    }),
  ]
}
