/**
 * @file The norm lane: the norms of every insertion's latents beside what the reasoner is used to, the norms of the
 * prompt's token embeddings (band) and of the whole vocabulary (dashed). It does not know the other lanes.
 */
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import { extremesInWindow } from './extremes.ts'
import { formatNumber, plural } from './format.ts'
import type { Lane, LaneAxis, LaneSeries, LaneTrace } from './lane.ts'
import { axisFromZero, axisNumber, oneShape } from './line-lane.ts'
import { middleBand, type Band } from './quantiles.ts'

/** Indices of 0.05, 0.5 and 0.95 in LoadedModel.vocabularyNormQuantiles. */
const VOCABULARY_LINES: readonly number[] = [1, 3, 5]
const HEADROOM = 1.1
/** Where the largest norm is more than this many times the smallest typical one, an axis from zero would squeeze one of them to a line. */
const LOG_RATIO = 8
/** Narrower stretches than this hold one diamond each when there are many. */
const PX_PER_MARK = 4

export const normLane: Lane = {
  id: 'norms',
  title: 'Latent norms',
  legend: (trace) => ['◆ latents', ...(trace.reference.promptNorms.length > 0 ? ['band: prompt tokens 5–95 %'] : []), ...(vocabularyNorms(trace).length > 0 ? ['dashed: vocabulary 5, 50, 95 %'] : []), ...(normScale(trace).isLog ? ['log axis'] : [])].join(' · '),
  meaning: 'The L2 norm of each inserted latent beside the norms of token embeddings. Latents far outside both are unlike anything the model was trained to read.',
  share: 0.33,
  computation: null,
  axis: (trace) => normScale(trace).axis,
  series: (trace, { window, widthPx, palette }) => {
    const { norms } = trace.series
    const { place } = normScale(trace)
    const band = middleBand(trace.reference.promptNorms)
    const reference: LaneSeries = {
      id: 'norms-reference',
      type: 'line',
      silent: true,
      symbol: 'none',
      data: [],
      markArea: {
        silent: true,
        animation: false,
        itemStyle: { color: palette.accent, opacity: 0.16 },
        data: band === null ? [] : [[{ yAxis: place(band.low) }, { yAxis: place(band.high) }]],
      },
      markLine: {
        silent: true,
        symbol: 'none',
        animation: false,
        label: { show: false },
        data: [
          ...(band === null ? [] : [{ yAxis: place(band.median), lineStyle: { color: palette.accent, type: 'solid', width: 1, opacity: 0.7 } as const }]),
          ...vocabularyNorms(trace).map((norm) => ({ yAxis: place(norm), lineStyle: { color: palette.textFaint, type: 'dashed', width: 1, opacity: 0.8 } as const })),
        ],
      },
    }
    const latents: LaneSeries = {
      id: 'norms-latents',
      type: 'scatter',
      silent: true,
      ...oneShape,
      symbol: 'diamond',
      symbolSize: 7,
      itemStyle: { color: palette.memory },
      data: extremesInWindow(norms, { window, bins: widthPx / PX_PER_MARK }).map((index) => [norms.x[index] ?? Number.NaN, place(norms.y[index] ?? Number.NaN)]),
    }
    return [reference, latents]
  },
  reading: (trace, step) => {
    const weave = weaveAt(trace, step)
    if (weave === undefined) return null
    if (weave.norms.length === 0) return 'left out with its cluster'
    return `${plural(weave.norms.length, 'latent')}, norms ${formatNumber(Math.min(...weave.norms))} to ${formatNumber(Math.max(...weave.norms))}${weave.intervention === undefined ? '' : ', changed'}`
  },
  csvColumns: [
    { name: 'latents', value: (trace, step) => weaveAt(trace, step)?.norms.length ?? null },
    { name: 'latent_norms', value: (trace, step) => weaveAt(trace, step)?.norms.join(' ') ?? null },
    { name: 'intervention', value: (trace, step) => weaveAt(trace, step)?.intervention?.kind ?? null },
  ],
}

export interface NormScale {
  isLog: boolean
  axis: LaneAxis
  /** Where on the axis a norm lies; on a logarithmic one norms below it (zeroed latents) lie on its floor. */
  place: (norm: number) => number
}

/** An axis from zero shows ratios best; a logarithmic one where that would squeeze the band or the latents to a line. */
export function normScale({ series: { norms }, reference }: Pick<LaneTrace, 'reference'> & { series: Pick<LaneTrace['series'], 'norms'> }): NormScale {
  const band = middleBand(reference.promptNorms)
  const vocabulary = vocabularyNorms({ reference })
  const highest = Math.max(norms.highest, band?.high ?? 0, ...vocabulary)
  const typical = [...typicalNorms(band, vocabulary), norms.highest].filter((norm) => norm > 0 && Number.isFinite(norm))
  if (typical.length === 0 || highest <= LOG_RATIO * Math.min(...typical)) return { isLog: false, axis: axisFromZero(highest * HEADROOM, highest > 0 ? 0 : 1), place: (norm) => norm }

  const lowest = [norms.lowest, band?.low ?? Infinity, ...vocabulary].filter((norm) => norm > 0)
  const floor = Math.log10(Math.max(Math.min(...lowest), highest / 1e4) / HEADROOM)
  const ceiling = Math.log10(highest * HEADROOM)
  return {
    isLog: true,
    axis: { min: floor, max: ceiling, ticks: logTicks(floor, ceiling) },
    place: (norm) => (norm > 0 ? Math.max(floor, Math.log10(norm)) : floor),
  }
}

function typicalNorms(band: Band | null, vocabulary: readonly number[]): number[] {
  return [...(band === null ? [] : [band.median]), ...vocabulary.slice(1, 2)]
}

/** Powers of ten, and their thirds where few powers fit. */
function logTicks(floor: number, ceiling: number): LaneAxis['ticks'] {
  const factors = ceiling - floor > 2.5 ? [1] : [1, 3]
  const ticks: { at: number; label: string }[] = []
  for (let power = Math.floor(floor); power <= ceiling; power++) {
    for (const factor of factors) {
      const at = power + Math.log10(factor)
      if (at >= floor && at <= ceiling) ticks.push({ at, label: axisNumber(factor * 10 ** power) })
    }
  }
  return ticks
}

function vocabularyNorms({ reference: { vocabularyNormQuantiles } }: Pick<LaneTrace, 'reference'>): number[] {
  return VOCABULARY_LINES.flatMap((index) => vocabularyNormQuantiles?.[index] ?? [])
}

function weaveAt({ weaveById }: LaneTrace, step: StepOverview): WeaveOverview | undefined {
  return step.weaveId === null ? undefined : weaveById.get(step.weaveId)
}
