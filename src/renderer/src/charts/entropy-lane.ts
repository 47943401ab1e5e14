/** @file The entropy lane: how undecided the model was at each step. It does not know the other lanes. */
import { formatNumber } from './format.ts'
import type { Lane } from './lane.ts'
import { axisFromZero, lineSeries } from './line-lane.ts'

export const entropyLane: Lane = {
  id: 'entropy',
  title: 'Entropy',
  legend: () => 'nats, of the next-token distribution',
  meaning: 'How undecided the model was, before temperature and filters: 0 means one token had all the probability, ln 2 = 0.69 an even choice of two.',
  share: 0.23,
  computation: null,
  axis: ({ series }) => axisFromZero(2 * Math.ceil(series.entropy.highest / 2), 2),
  series: ({ series }, view) => [lineSeries('entropy', series.entropy, 'entropy', view)],
  reading: (_, step) => `entropy ${formatNumber(step.entropy)}`,
  csvColumns: [{ name: 'entropy_nats', value: (_, step) => step.entropy }],
}
