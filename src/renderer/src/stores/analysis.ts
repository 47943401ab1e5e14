/**
 * @file What lanes need beyond the record, computed by the engine on demand and kept for the latest traces: attention on latents, and the
 * vanilla twin. It does not know how they are drawn.
 */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { Computation } from '../charts/lane.ts'
import { seriesOf, type Series } from '../charts/series.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { TwinStep } from '../../../shared/domain/step.ts'
import { useHost } from './host.ts'

export interface ComputedTwin {
  steps: readonly TwinStep[]
  divergence: Series
}

export type ComputationState = { phase: 'absent' } | { phase: 'computing'; since: number } | { phase: 'failed'; failure: Failure } | { phase: 'ready'; stepCount: number }

interface TraceAnalysis {
  states: Readonly<Record<Computation, ComputationState>>
  attention: Series | null
  twin: ComputedTwin | null
}

const nothing: TraceAnalysis = { states: { attention: { phase: 'absent' }, twin: { phase: 'absent' } }, attention: null, twin: null }

/** A trace of 100,000 tokens takes some megabytes. */
const MOST_TRACES = 8

export const useAnalysisStore = defineStore('analysis', () => {
  const { client } = useHost()
  const analyses = shallowRef<ReadonlyMap<TraceId, TraceAnalysis>>(new Map())
  const running = new Map<string, AbortController>()

  function of(traceId: TraceId | null): TraceAnalysis {
    return (traceId === null ? undefined : analyses.value.get(traceId)) ?? nothing
  }

  /** Computes it for every step recorded so far, also again for a trace that has grown. */
  async function compute(computation: Computation, traceId: TraceId): Promise<void> {
    const key = `${computation} ${traceId}`
    if (running.has(key)) return
    const abort = new AbortController()
    running.set(key, abort)
    const before = of(traceId).states[computation]
    setState(traceId, computation, { phase: 'computing', since: Date.now() })
    try {
      const { stepCount, ...result } = await fetchers[computation](traceId, abort.signal)
      put(traceId, result)
      setState(traceId, computation, { phase: 'ready', stepCount })
    } catch (error) {
      setState(traceId, computation, abort.signal.aborted ? before : { phase: 'failed', failure: describeFailure(error) })
    } finally {
      running.delete(key)
    }
  }

  /** Waits no longer for an answer. */
  function cancel(computation: Computation, traceId: TraceId): void {
    running.get(`${computation} ${traceId}`)?.abort()
  }

  const fetchers: Readonly<Record<Computation, (traceId: TraceId, signal: AbortSignal) => Promise<Partial<TraceAnalysis> & { stepCount: number }>>> = {
    async attention(traceId, signal) {
      const { mass } = await client.analysis.attentionLane({ traceId }, { signal })
      return { attention: seriesOf(mass), stepCount: mass.length }
    },
    async twin(traceId, signal) {
      const { steps } = await client.analysis.twin({ traceId }, { signal })
      return { twin: { steps, divergence: seriesOf(steps.map(({ kl }) => kl)) }, stepCount: steps.length }
    },
  }

  function setState(traceId: TraceId, computation: Computation, state: ComputationState): void {
    put(traceId, { states: { ...of(traceId).states, [computation]: state } })
  }

  function put(traceId: TraceId, part: Partial<TraceAnalysis>): void {
    const kept = [...analyses.value].filter(([id]) => id !== traceId).slice(1 - MOST_TRACES)
    analyses.value = new Map([...kept, [traceId, { ...of(traceId), ...part }]])
  }

  return { of, compute, cancel }
})
