/** @file The attention lane: how much each position looks at the latents before it, computed on demand. It does not know the other lanes. */
import { formatPercent } from './format.ts'
import type { Lane, LaneTrace } from './lane.ts'
import { axisFromZero, lineSeries } from './line-lane.ts'

export const attentionLane: Lane = {
  id: 'attention',
  title: 'Attention on latents',
  legend: () => 'share of attention, mean of layers and heads',
  meaning: 'Of the attention that a position pays to everything before it, the share that goes to latents, averaged over layers and heads. A large share says that they are read, not what is read from them.',
  share: 0.23,
  computation: 'attention',
  axis: ({ attention }) => axisFromZero(Math.min(1, attention?.highest ?? 0), 0.02),
  series: ({ attention }, view) => (attention === null ? [] : [lineSeries('attention', attention, 'memory', view)]),
  reading: (trace, step) => {
    const mass = massAt(trace, step.index)
    return mass === null ? null : `attention on latents ${formatPercent(mass)}`
  },
  csvColumns: [{ name: 'attention_on_latents', value: (trace, step) => massAt(trace, step.index) }],
}

function massAt({ attention }: LaneTrace, stepIndex: number): number | null {
  return attention === null || stepIndex >= attention.length ? null : (attention.y[stepIndex] ?? null)
}
