/** @file What a lane is: one measurement over the tokens, drawn, read and exported by the same rules. It does not know any lane. */
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { TwinStep } from '../../../shared/domain/step.ts'
import type { WeaveId } from '../../../shared/domain/identifiers.ts'
import type { Palette } from '../theme/palette.ts'
import type { SeriesOption } from './chart-option.ts'
import type { Series } from './series.ts'
import type { AxisRange } from './token-axis.ts'
import type { TraceSeries } from './trace-series.ts'

export const laneIds = ['trigger', 'entropy', 'logprob', 'norms', 'attention', 'divergence', 'time'] as const
export type LaneId = (typeof laneIds)[number]

/** What a lane needs that is not part of the record. */
export type Computation = 'attention' | 'twin'

export interface NormReference {
  /** L2 norms of the prompt's token embeddings. */
  promptNorms: readonly number[]
  /** Quantiles 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 over the embedding table; null while the model is not in memory. */
  vocabularyNormQuantiles: readonly number[] | null
}

/** Everything lanes draw from. */
export interface LaneTrace {
  steps: readonly StepOverview[]
  weaveById: ReadonlyMap<WeaveId, WeaveOverview>
  series: TraceSeries
  reference: NormReference
  /** Of every step it was computed for; null while it was not. */
  attention: Series | null
  /** The twin computed afterwards; null where it was not, and steps have their own at most. */
  twin: { steps: readonly TwinStep[]; divergence: Series } | null
}

export interface LaneView {
  window: AxisRange
  /** Of the drawing area, in pixels. */
  widthPx: number
  palette: Palette
}

export interface LaneAxis {
  min: number
  max: number
  /** Where the axis has a number, and what it says. */
  ticks: readonly { at: number; label: string }[]
}

export interface CsvColumn {
  /** snake_case. */
  name: string
  /** null is an empty cell. */
  value: (trace: LaneTrace, step: StepOverview) => number | string | null
}

/** A series without its axes, which depend on the lanes shown beside it. Ids are unique over all lanes and stable. */
export type LaneSeries = SeriesOption & { id: string }

export interface Lane {
  id: LaneId
  title: string
  /** What its marks and lines stand for, in a line. */
  legend: (trace: LaneTrace, view: Pick<LaneView, 'window' | 'widthPx'>) => string
  /** What the number says and what it does not, in a sentence or two. */
  meaning: string
  /** Of the panel's height, beside the other lanes' shares. */
  share: number
  /** What it cannot be drawn without; null where the record is enough. */
  computation: Computation | null
  axis: (trace: LaneTrace) => LaneAxis
  series: (trace: LaneTrace, view: LaneView) => LaneSeries[]
  /** A step's value in words; null where it has none. */
  reading: (trace: LaneTrace, step: StepOverview) => string | null
  csvColumns: readonly CsvColumn[]
}
