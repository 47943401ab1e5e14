/** @file The training runs of this app, and the one that is watched. It does not know how a run is configured or drawn. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TrainingMessage, TrainingRun, TrainingRunId } from '../../../shared/domain/training-run.ts'
import { createFrameBatch } from './frame-batch.ts'
import { useHost } from './host.ts'
import { subscribe } from './subscription.ts'
import { applyTrainingMessages, type WatchedTraining } from './training-record.ts'

export type TrainingAction = 'pause' | 'stop' | 'resume'

export const useTrainingStore = defineStore('training', () => {
  const { client } = useHost()
  /** Newest first; null until the first answer. */
  const runs = shallowRef<readonly TrainingRun[] | null>(null)
  const listFailure = shallowRef<Failure | null>(null)
  const watchedId = shallowRef<TrainingRunId | null>(null)
  const watched = shallowRef<WatchedTraining | null>(null)
  const watchFailure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  /** Asked of the watched run and not yet seen in its status. */
  const requested = shallowRef<TrainingAction | null>(null)

  const run = computed(() => watched.value?.record.run ?? runs.value?.find(({ id }) => id === watchedId.value) ?? null)

  const leaving = new AbortController()
  let following = new AbortController()
  const batch = createFrameBatch<TrainingMessage>((messages) => {
    const before = watched.value?.record.run.status
    watched.value = applyTrainingMessages(watched.value, messages)
    if (watched.value === null) return
    if (watched.value.record.run.status !== before) requested.value = null
    replace(watched.value.record.run)
  })
  onScopeDispose(() => {
    leaving.abort()
    following.abort()
  })

  let isListening = false

  /** Reads the list, and from the first time on follows its changes. */
  async function refresh(): Promise<void> {
    if (!isListening) {
      isListening = true
      void subscribe((signal) => client.training.changes(undefined, { signal }), { signal: leaving.signal, onEvent: replace, onRefused: refuseList })
    }
    try {
      runs.value = await client.training.list()
      listFailure.value = null
    } catch (error) {
      refuseList(error)
    }
  }

  function refuseList(error: unknown): void {
    listFailure.value = describeFailure(error)
  }

  function replace(changed: TrainingRun): void {
    if (runs.value === null) return
    const isKnown = runs.value.some(({ id }) => id === changed.id)
    runs.value = isKnown ? runs.value.map((known) => (known.id === changed.id ? changed : known)) : [changed, ...runs.value]
  }

  /** Shows what is recorded of the run, and all that happens to it until another one is watched. */
  function watch(runId: TrainingRunId | null): void {
    if (runId === watchedId.value) return
    watchedId.value = runId
    watched.value = null
    actionFailure.value = null
    requested.value = null
    follow()
  }

  function follow(): void {
    following.abort()
    batch.clear()
    following = new AbortController()
    const runId = watchedId.value
    watchFailure.value = null
    if (runId === null) return
    void subscribe((signal) => client.training.events({ runId }, { signal }), {
      signal: following.signal,
      onEvent: (message) => batch.push(message),
      onRefused: (error) => {
        watchFailure.value = describeFailure(error)
      },
    })
  }

  async function act(action: TrainingAction): Promise<void> {
    const runId = watchedId.value
    if (runId === null) return
    actionFailure.value = null
    requested.value = action
    try {
      await client.training[action]({ runId })
      if (action !== 'resume') return
      // The events of a run end with its attempt; the next may fail before its status was seen to change.
      requested.value = null
      follow()
    } catch (error) {
      requested.value = null
      actionFailure.value = describeFailure(error)
    }
  }

  return { runs, listFailure, watchedId, watched, watchFailure, actionFailure, requested, run, refresh, replace, watch, act }
})
