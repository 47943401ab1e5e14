/** @file The training runs of this app, and the one that is watched. It does not know how a run is configured or drawn. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { ModelEntry, ModelLocation } from '../../../shared/domain/model.ts'
import type { TrainingCheckpoint } from '../../../shared/domain/training-event.ts'
import type { TrainingMessage, TrainingRun, TrainingRunId } from '../../../shared/domain/training-run.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { createFrameBatch } from './frame-batch.ts'
import { useHost } from './host.ts'
import { useModelsStore } from './models.ts'
import { subscribe } from './subscription.ts'
import { applyTrainingMessages, type WatchedTraining } from './training-record.ts'

export type TrainingAction = 'pause' | 'stop' | 'resume'

/** What people change of a run; what is left out stays as it is. */
export interface TrainingAnnotation {
  name?: string
  isTrashed?: boolean
}

/** Where the parts of a checkpoint lie: of a pre-trained reasoner it is the model itself. */
export function locationOfCheckpoint({ stage, model }: Pick<TrainingConfig, 'stage' | 'model'>, path: string): ModelLocation {
  if (stage === 'pretrain') return { reasonerDir: path }
  const { reasonerDir, weaverDir, triggerDir } = model
  return { reasonerDir, ...(weaverDir !== undefined && { weaverDir }), ...(triggerDir !== undefined && { triggerDir }), checkpointDir: path }
}

export const useTrainingStore = defineStore('training', () => {
  const { client } = useHost()
  const library = useModelsStore()
  /** Newest first, those in the trash as well; null until the first answer. */
  const runs = shallowRef<readonly TrainingRun[] | null>(null)
  const listFailure = shallowRef<Failure | null>(null)
  const watchedId = shallowRef<TrainingRunId | null>(null)
  const watched = shallowRef<WatchedTraining | null>(null)
  const watchFailure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  /** Asked of the watched run and not yet seen in its status. */
  const requested = shallowRef<TrainingAction | null>(null)

  /** Whether the list is that of the trash. */
  const showsTrash = shallowRef(false)
  const isRenaming = shallowRef(false)

  const shown = computed(() => runs.value?.filter(({ trashedAt }) => (trashedAt !== null) === showsTrash.value) ?? null)
  const trashCount = computed(() => runs.value?.filter(({ trashedAt }) => trashedAt !== null).length ?? 0)
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
    isRenaming.value = false
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

  async function annotate(runId: TrainingRunId, annotation: TrainingAnnotation): Promise<void> {
    actionFailure.value = null
    try {
      const changed = await client.training.annotate({ runId, ...annotation })
      replace(changed)
      // Of a run that has ended no event tells it.
      if (runId === watchedId.value) batch.push({ kind: 'run', run: changed })
    } catch (error) {
      actionFailure.value = describeFailure(error)
    }
  }

  /** The watched run's checkpoint as a model of the library; null where it is refused. Added again it is the same model. */
  async function addCheckpoint({ step, path }: TrainingCheckpoint): Promise<ModelEntry | null> {
    if (run.value === null) return null
    const { name, config } = run.value
    actionFailure.value = null
    try {
      return await library.add(`${name}, step ${step}`, locationOfCheckpoint(config, path))
    } catch (error) {
      actionFailure.value = describeFailure(error)
      return null
    }
  }

  return { runs, listFailure, watchedId, watched, watchFailure, actionFailure, requested, showsTrash, isRenaming, shown, trashCount, run, refresh, replace, watch, act, annotate, addCheckpoint }
})
