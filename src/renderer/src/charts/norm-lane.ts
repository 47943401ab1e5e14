/**
 * @file The norm lane: the norms of every insertion's latents beside what the reasoner is used to, the norms of the
 * prompt's token embeddings (band) and of the whole vocabulary (dashed). It does not know the other lanes.
 */
import type { Weave } from '../../../shared/domain/weave.ts'
import type { Palette } from '../theme/palette.ts'
import type { Point, SeriesOption } from './chart-option.ts'
import { middleBand, type Band } from './quantiles.ts'
import { latentPosition } from './token-axis.ts'

/** Indices of 0.05, 0.5 and 0.95 in LoadedModel.vocabularyNormQuantiles. */
const VOCABULARY_LINES: readonly number[] = [1, 3, 5]
const HEADROOM = 1.1

export interface NormReference {
  /** L2 norms of the prompt's token embeddings. */
  promptNorms: readonly number[]
  /** Quantiles 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 over the embedding table; null while the model is not in memory. */
  vocabularyNormQuantiles: readonly number[] | null
}

export function latentPoints(weaves: readonly Weave[]): Point[] {
  return weaves.flatMap((weave) => weave.norms.map((norm, latent): Point => [latentPosition(weave.stepIndex, latent, weave.norms.length), norm]))
}

/** The top of the axis: everything drawn fits, and it starts at zero so that ratios can be seen. */
export function normCeiling(weaves: readonly Weave[], reference: NormReference): number {
  const drawn = [...weaves.flatMap((weave) => weave.norms), ...reference.promptNorms, reference.vocabularyNormQuantiles?.[5] ?? 0]
  const highest = drawn.reduce((highest, norm) => Math.max(highest, norm), 0)
  return highest > 0 ? roundUp(highest * HEADROOM) : 1
}

export function normSeries(weaves: readonly Weave[], reference: NormReference, palette: Palette, axisIndex: number): SeriesOption[] {
  const band = middleBand(reference.promptNorms)
  return [
    {
      id: 'norm-reference',
      type: 'line',
      xAxisIndex: axisIndex,
      yAxisIndex: axisIndex,
      silent: true,
      symbol: 'none',
      data: [],
      markArea: {
        silent: true,
        animation: false,
        itemStyle: { color: palette.accent, opacity: 0.16 },
        data: band === null ? [] : [[{ yAxis: band.low }, { yAxis: band.high }]],
      },
      markLine: {
        silent: true,
        symbol: 'none',
        animation: false,
        label: { show: false },
        data: [...bandLines(band, palette), ...vocabularyLines(reference, palette)],
      },
    },
    {
      id: 'norm-latents',
      type: 'scatter',
      xAxisIndex: axisIndex,
      yAxisIndex: axisIndex,
      silent: true,
      symbol: 'diamond',
      symbolSize: 7,
      itemStyle: { color: palette.memory },
      data: latentPoints(weaves),
    },
  ]
}

function bandLines(band: Band | null, palette: Palette): object[] {
  return band === null ? [] : [{ yAxis: band.median, lineStyle: { color: palette.accent, type: 'solid', width: 1, opacity: 0.7 } }]
}

function vocabularyLines({ vocabularyNormQuantiles }: NormReference, palette: Palette): object[] {
  if (vocabularyNormQuantiles === null) return []
  return VOCABULARY_LINES.flatMap((index) => {
    const norm = vocabularyNormQuantiles[index]
    return norm === undefined ? [] : [{ yAxis: norm, lineStyle: { color: palette.textFaint, type: 'dashed', width: 1, opacity: 0.8 } }]
  })
}

/** To two significant digits, the last even: the axis does not tremble with every insertion, and its half is short too. */
function roundUp(value: number): number {
  const unit = 2 * 10 ** (Math.floor(Math.log10(value)) - 1)
  return Math.ceil(value / unit) * unit
}
