/** @file The time lane: milliseconds of each step by phase, stacked. It does not know the other lanes. */
import type { Palette } from '../theme/palette.ts'
import type { Point } from './chart-option.ts'
import { extremesInWindow } from './extremes.ts'
import { formatNumber } from './format.ts'
import type { Lane, LaneSeries, LaneTrace } from './lane.ts'
import { axisFromZero } from './line-lane.ts'
import type { Series } from './series.ts'

type Phase = 'decide' | 'weave' | 'decode'

/** From the highest edge down: each area covers the lower part of the one before. */
const layers: readonly { phase: Phase; colour: keyof Palette; below: readonly (keyof LaneTrace['series'] & `${Phase}Ms`)[] }[] = [
  { phase: 'decode', colour: 'accent', below: ['decideMs', 'weaveMs', 'decodeMs'] },
  { phase: 'weave', colour: 'memory', below: ['decideMs', 'weaveMs'] },
  { phase: 'decide', colour: 'trigger', below: ['decideMs'] },
]

/** Three filled areas cost what six lines do. */
const PX_PER_STACK = 2

export const timeLane: Lane = {
  id: 'time',
  title: 'Time',
  legend: ({ series }) => `ms, stacked from below: decide, weave, decode${isFirstCut(series.totalMs) ? ' · step 0 reads the prompt and is cut' : ''}`,
  meaning: 'Wall-clock milliseconds of the engine for each step: asking the trigger, weaving latents where they are inserted, and decoding the token.',
  share: 0.23,
  computation: null,
  axis: ({ series }) => axisFromZero(ceilingOf(series.totalMs), 1),
  series: ({ series }, { window, widthPx, palette }) => {
    const shown = extremesInWindow(series.totalMs, { window, bins: widthPx / PX_PER_STACK })
    return layers.map(({ phase, colour, below }): LaneSeries => ({
      id: `time-${phase}`,
      type: 'line',
      silent: true,
      symbol: 'none',
      lineStyle: { color: palette[colour], width: 1 },
      areaStyle: { color: palette[colour], opacity: 1 },
      data: shown.map((index): Point => [series.totalMs.x[index] ?? Number.NaN, below.reduce((sum, key) => sum + (series[key].y[index] ?? 0), 0)]),
    }))
  },
  reading: (_, { elapsedMs: { decide, weave, decode } }) => `decide ${formatNumber(decide)} + weave ${formatNumber(weave)} + decode ${formatNumber(decode)} ms`,
  csvColumns: (['decide', 'weave', 'decode'] as const).map((phase) => ({ name: `${phase}_ms`, value: (_, step) => step.elapsedMs[phase] })),
}

/** A cut above this many times the rest hides more than it shows. */
const CUT_RATIO = 4

/** Step 0 reads the whole prompt; where that dwarfs all others the axis ends at theirs. */
function isFirstCut(total: Series): boolean {
  return total.length > 2 && (total.y[0] ?? 0) === total.highest && total.highest > CUT_RATIO * highestOfRest(total)
}

function ceilingOf(total: Series): number {
  return isFirstCut(total) ? highestOfRest(total) : total.highest
}

function highestOfRest(total: Series): number {
  let highest = 0
  for (let index = 1; index < total.length; index++) highest = Math.max(highest, total.y[index] ?? 0)
  return highest
}
