/** @file What the lanes draw of the trace on screen, kept up with its steps. It does not know which lanes are shown. */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { LaneTrace } from '../charts/lane.ts'
import { createTraceSeries, extendTraceSeries } from '../charts/trace-series.ts'
import { useAnalysisStore } from './analysis.ts'
import { useEngineStore } from './engine.ts'
import { useSessionStore } from './session.ts'

export const useLaneTraceStore = defineStore('laneTrace', () => {
  const session = useSessionStore()
  const engine = useEngineStore()
  const analysis = useAnalysisStore()
  let series = createTraceSeries()
  let first: unknown
  let last: unknown
  /** A fresh object whenever something to draw is new. */
  const trace = shallowRef(current())

  function current(): LaneTrace {
    const { steps, weaves, weaveById, header, promptTokens } = session
    const isContinued = series.stepCount > 0 && first === steps[0] && last === steps[series.stepCount - 1]
    if (!isContinued) series = createTraceSeries()
    extendTraceSeries(series, steps, weaves)
    first = steps[0]
    last = steps.at(-1)
    const { attention, twin } = analysis.of(header?.id ?? null)
    return {
      steps,
      weaveById,
      series,
      reference: {
        promptNorms: promptTokens.map((token) => token.embeddingNorm),
        vocabularyNormQuantiles: header === null ? null : (engine.loadedModels.get(header.modelId)?.vocabularyNormQuantiles ?? null),
      },
      attention,
      twin,
    }
  }

  watch([() => session.steps, () => session.weaves, () => session.header?.id, () => session.promptTokens, () => engine.loadedModels, () => analysis.of(session.header?.id ?? null)], () => {
    trace.value = current()
  })
  return { trace }
})
