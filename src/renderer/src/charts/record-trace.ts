/** @file A compact record as a trace that lanes and texts can draw. What such a record does not keep (likeliest tokens, times, a twin) is empty. It does not know how anything is drawn. */
import type { AskedPlace, CompactRecord } from '../../../shared/domain/compact-record.ts'
import { weaveIdSchema, type WeaveId } from '../../../shared/domain/identifiers.ts'
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { LaneTrace } from './lane.ts'
import type { Series } from './series.ts'
import { createTraceSeries, extendTraceSeries } from './trace-series.ts'

/** Steps, weaves and their series are those of the record; norms stand without a reference. */
export function laneTraceOfRecord(record: CompactRecord): LaneTrace & { weaves: readonly WeaveOverview[] } {
  const weaves = record.weaves.map(({ stepIndex, kind, contextLength, norms }): WeaveOverview => ({ id: weaveIdOf(stepIndex), stepIndex, kind, contextLength, norms }))
  const steps = stepsOfRecord(record)
  const series = createTraceSeries()
  extendTraceSeries(series, steps, weaves)
  return { steps, weaves, weaveById: new Map(weaves.map((weave) => [weave.id, weave])), series, reference: { promptNorms: [], vocabularyNormQuantiles: null }, attention: null, twin: null }
}

function stepsOfRecord({ tokenIds, texts, logprobs, entropies, asked, weaves }: CompactRecord): StepOverview[] {
  const askedAt = new Map(asked.map((place) => [place.stepIndex, place]))
  const wovenAt = new Map(weaves.map(({ stepIndex, kind }) => [stepIndex, kind]))
  let augmentationCount = 0
  return Array.from(tokenIds, (tokenId, index) => {
    const place = askedAt.get(index)
    if (wovenAt.get(index) === 'inference') augmentationCount += 1
    return {
      index,
      tokenId,
      text: texts[index] ?? '',
      logprob: logprobs[index] ?? Number.NaN,
      entropy: entropies[index] ?? Number.NaN,
      candidate: place !== undefined,
      pInvoke: place === undefined ? null : triggerProbability(place),
      decision: place?.decision ?? -100,
      decisionSource: place?.source ?? null,
      augmentationCount,
      weaveId: wovenAt.has(index) ? weaveIdOf(index) : null,
      elapsedMs: { decide: 0, weave: 0, decode: 0 },
      twin: null,
    }
  })
}

/** softmax(triggerLogits)[1]; null where no trained trigger decided. */
function triggerProbability({ triggerLogits, source }: AskedPlace): number | null {
  return triggerLogits === null || source !== 'model' ? null : 1 / (1 + Math.exp(triggerLogits[0] - triggerLogits[1]))
}

/** Of one record alone: no two blocks are woven before the same step. */
function weaveIdOf(stepIndex: number): WeaveId {
  return weaveIdSchema.parse(`step-${stepIndex}`)
}

const drawnSeries = ['entropy', 'logprob', 'divergence', 'decideMs', 'weaveMs', 'decodeMs', 'totalMs', 'decisions', 'norms'] as const satisfies readonly (keyof LaneTrace['series'])[]

/** The same traces with each series' extremes taken over all of them, so that lanes give them one axis. */
export function onCommonAxes(traces: readonly LaneTrace[]): LaneTrace[] {
  const common = (name: (typeof drawnSeries)[number]): Pick<Series, 'lowest' | 'highest'> => ({
    lowest: Math.min(...traces.map(({ series }) => series[name].lowest)),
    highest: Math.max(...traces.map(({ series }) => series[name].highest)),
  })
  const extremes = drawnSeries.map((name) => [name, common(name)] as const)
  return traces.map((trace) => ({ ...trace, series: { ...trace.series, ...Object.fromEntries(extremes.map(([name, found]) => [name, { ...trace.series[name], ...found }])) } }))
}
