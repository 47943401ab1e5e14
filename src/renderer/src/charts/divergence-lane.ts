/** @file The KL lane: how far memory moves each next-token distribution from the one without any. It does not know the other lanes. */
import { visibleText } from '../components/visible-text.ts'
import type { TwinStep } from '../../../shared/domain/step.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { formatNumber } from './format.ts'
import type { Lane, LaneTrace } from './lane.ts'
import { axisFromZero, lineSeries } from './line-lane.ts'
import type { Series } from './series.ts'

export const divergenceLane: Lane = {
  id: 'divergence',
  title: 'KL against the vanilla twin',
  legend: () => 'nats, with memory ‖ without',
  meaning: 'The vanilla twin reads the same tokens without any latents. The divergence of the two next-token distributions says how much memory changes what comes next; 0 means nothing.',
  share: 0.23,
  computation: 'twin',
  axis: (trace) => axisFromZero(divergenceOf(trace).highest, 0.1),
  series: (trace, view) => (Number.isFinite(divergenceOf(trace).highest) ? [lineSeries('divergence', divergenceOf(trace), 'danger', view)] : []),
  reading: (trace, step) => {
    const twin = twinOf(trace, step)
    if (twin === null) return null
    const other = twin.tokenId === step.tokenId ? 'same token without memory' : `without memory “${visibleText(twin.text)}”`
    return `KL ${formatNumber(twin.kl)}, ${other}`
  },
  csvColumns: [
    { name: 'kl_nats', value: (trace, step) => twinOf(trace, step)?.kl ?? null },
    { name: 'twin_token_id', value: (trace, step) => twinOf(trace, step)?.tokenId ?? null },
    { name: 'twin_logprob_nats', value: (trace, step) => twinOf(trace, step)?.logprob ?? null },
  ],
}

/** What ran alongside is part of the record and wins over what was computed later. */
export function twinOf({ twin }: Pick<LaneTrace, 'twin'>, step: Pick<StepOverview, 'twin' | 'index'>): TwinStep | null {
  return step.twin ?? twin?.steps[step.index] ?? null
}

function divergenceOf({ twin, series }: LaneTrace): Series {
  return twin?.divergence ?? series.divergence
}
