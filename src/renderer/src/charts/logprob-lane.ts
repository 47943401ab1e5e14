/** @file The logprob lane: how likely the model found each token that was chosen. It does not know the other lanes. */
import { formatNumber, formatProbability } from './format.ts'
import type { Lane } from './lane.ts'
import { axisNumber, lineSeries } from './line-lane.ts'

export const logprobLane: Lane = {
  id: 'logprob',
  title: 'Logprob',
  legend: () => 'nats, of the chosen token; 0 is certain',
  meaning: 'The natural logarithm of the probability that the model gave to the token that was chosen, before temperature and filters.',
  share: 0.23,
  computation: null,
  axis: ({ series }) => {
    const min = Math.min(-2, 2 * Math.floor(series.logprob.lowest / 2))
    const bottom = Number.isFinite(min) ? min : -2
    return { min: bottom, max: 0, ticks: [bottom, bottom / 2, 0].map((at) => ({ at, label: axisNumber(at) })) }
  },
  series: ({ series }, view) => [lineSeries('logprob', series.logprob, 'accent', view)],
  reading: (_, step) => `logprob ${formatNumber(step.logprob)} (p ${formatProbability(Math.exp(step.logprob))})`,
  csvColumns: [{ name: 'logprob_nats', value: (_, step) => step.logprob }],
}
