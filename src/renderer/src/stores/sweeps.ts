/** @file The sweeps of this app, and the one that is watched. It does not know how one is begun or drawn. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { Sweep, SweepEvent, SweepId, SweepOutcome } from '../../../shared/domain/sweep.ts'
import type { ResultOrigin } from '../../../shared/domain/trace.ts'
import { subsetKey } from '../../../shared/sweep/subsets.ts'
import { sweepStatistics } from '../../../shared/sweep/sweep-statistics.ts'
import { createFrameBatch } from './frame-batch.ts'
import { useHost } from './host.ts'
import { subscribe } from './subscription.ts'
import { applySweepEvents, remainingMs, type PaceMark, type WatchedSweep } from './sweep-record.ts'

export const useSweepsStore = defineStore('sweeps', () => {
  const { client } = useHost()
  /** Newest first; null until the first answer. */
  const sweeps = shallowRef<readonly Sweep[] | null>(null)
  const listFailure = shallowRef<Failure | null>(null)
  const watchedId = shallowRef<SweepId | null>(null)
  const watched = shallowRef<WatchedSweep | null>(null)
  const watchFailure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  const requested = shallowRef<'pause' | 'resume' | null>(null)
  /** Milliseconds that the watched sweep still takes; null while nothing tells. */
  const timeLeftMs = shallowRef<number | null>(null)
  const selectedKey = shallowRef<string | null>(null)

  const sweep = computed(() => watched.value?.sweep ?? null)
  const outcomes = computed<readonly SweepOutcome[]>(() => watched.value?.outcomes ?? [])
  const statistics = computed(() => (sweep.value === null ? null : sweepStatistics(outcomes.value, sweep.value)))
  const selected = computed(() => outcomes.value.find(({ candidates }) => subsetKey(candidates) === selectedKey.value) ?? null)

  let following = new AbortController()
  let mark: PaceMark | null = null
  const batch = createFrameBatch<SweepEvent>((events) => {
    const next = applySweepEvents(watched.value, events)
    watched.value = next
    if (next === null) return
    replace(next.sweep)
    if (next.sweep.status === 'running') mark ??= { done: next.sweep.done, at: performance.now() }
    timeLeftMs.value = mark === null || next.sweep.status !== 'running' ? null : remainingMs(mark, next.sweep, performance.now())
  })
  onScopeDispose(() => following.abort())

  async function refresh(): Promise<void> {
    try {
      sweeps.value = (await client.sweeps.list()).sweeps
      listFailure.value = null
    } catch (error) {
      listFailure.value = describeFailure(error)
    }
  }

  function replace(changed: Sweep): void {
    const known = sweeps.value ?? []
    sweeps.value = known.some(({ id }) => id === changed.id) ? known.map((one) => (one.id === changed.id ? changed : one)) : [changed, ...known]
  }

  /** Shows what is recorded of the sweep, and all that happens to it until another one is watched. */
  function watch(sweepId: SweepId | null): void {
    if (sweepId === watchedId.value) return
    watchedId.value = sweepId
    watched.value = null
    selectedKey.value = null
    actionFailure.value = null
    follow()
  }

  function follow(): void {
    following.abort()
    batch.clear()
    following = new AbortController()
    mark = null
    timeLeftMs.value = null
    watchFailure.value = null
    const sweepId = watchedId.value
    if (sweepId === null) return
    void subscribe((signal) => client.sweeps.events({ sweepId }, { signal }), {
      signal: following.signal,
      onEvent: (event) => batch.push(event),
      onRefused: (error) => {
        watchFailure.value = describeFailure(error)
      },
    })
  }

  async function act(action: 'pause' | 'resume'): Promise<void> {
    const sweepId = watchedId.value
    if (sweepId === null || requested.value !== null) return
    actionFailure.value = null
    requested.value = action
    try {
      await client.sweeps[action]({ sweepId })
      // Its events ended when it rested.
      if (action === 'resume') follow()
    } catch (error) {
      actionFailure.value = describeFailure(error)
    } finally {
      requested.value = null
    }
  }

  /** The trace that generates this result again; null where it could not be made. */
  async function replayOf({ turn, ...key }: ResultOrigin): Promise<TraceId | null> {
    actionFailure.value = null
    try {
      return (await client.evaluations.openTrace({ key, turn })).traceId
    } catch (error) {
      actionFailure.value = describeFailure(error)
      return null
    }
  }

  function select(candidates: readonly number[]): void {
    selectedKey.value = subsetKey(candidates)
  }

  return { sweeps, listFailure, watchedId, watched, watchFailure, actionFailure, requested, timeLeftMs, selectedKey, sweep, outcomes, statistics, selected, refresh, replace, watch, act, replayOf, select }
})
