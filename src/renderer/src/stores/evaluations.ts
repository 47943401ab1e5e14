/** @file Every run of every experiment, kept current, and what is asked of them. It does not know how the list is looked at, nor how a grid is written. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { EvaluationEvent, EvaluationRun, SampleResult } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import { createFrameBatch } from './frame-batch.ts'
import { useHost } from './host.ts'
import { mergeRuns, mergeStages, type RunStage } from './run-merge.ts'
import { subscribe } from './subscription.ts'

export type RunAction = 'pause' | 'resume' | 'cancel'

/** What people write on runs; what is left out stays as it is. */
export interface RunAnnotation {
  addTags?: string[]
  removeTags?: string[]
  note?: string
  isStarred?: boolean
  isTrashed?: boolean
}

export type ResultListener = (runId: EvaluationRunId, result: SampleResult) => void

export const useEvaluationsStore = defineStore('evaluations', () => {
  const { client } = useHost()
  /** Newest first, those in the trash as well; empty until `isRead`. */
  const runs = shallowRef<readonly EvaluationRun[]>([])
  const isRead = shallowRef(false)
  const listFailure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  const stages = shallowRef<ReadonlyMap<EvaluationRunId, RunStage>>(new Map())

  const runsById = computed(() => new Map(runs.value.map((run) => [run.id, run])))

  const leaving = new AbortController()
  const resultListeners = new Set<ResultListener>()
  let isListening = false
  const batch = createFrameBatch<EvaluationEvent>((events) => {
    replace(events.flatMap((event) => (event.kind === 'run' ? [event.run] : [])))
    if (events.some(({ kind }) => kind === 'stage') || stages.value.size > 0) stages.value = mergeStages(stages.value, events)
    for (const event of events) {
      if (event.kind === 'result') for (const listener of resultListeners) listener(event.runId, event.result)
    }
  })
  onScopeDispose(() => leaving.abort())

  /** From the first call on the list is kept current; later calls read it again only where that had failed. */
  async function follow(): Promise<void> {
    if (isListening) return listFailure.value === null ? undefined : read()
    isListening = true
    // Each connection reads the list after the events were opened, so that nothing falls between the two.
    void subscribe(
      async (signal) => {
        const events = await client.evaluations.events(undefined, { signal })
        await read()
        return events
      },
      { signal: leaving.signal, onEvent: (event) => batch.push(event), onRefused: refuse },
    )
  }

  function refuse(error: unknown): void {
    isListening = false
    listFailure.value = describeFailure(error)
  }

  async function read(): Promise<void> {
    try {
      runs.value = (await client.evaluations.runs()).runs
      isRead.value = true
      listFailure.value = null
    } catch (error) {
      listFailure.value = describeFailure(error)
    }
  }

  function runById(runId: EvaluationRunId): EvaluationRun | null {
    return runsById.value.get(runId) ?? null
  }

  function replace(changed: readonly EvaluationRun[]): void {
    if (changed.length > 0) runs.value = mergeRuns(runs.value, changed)
  }

  /** Called with each result as it is logged; returns how to stop. */
  function onResult(listener: ResultListener): () => void {
    resultListeners.add(listener)
    return () => resultListeners.delete(listener)
  }

  async function act(action: RunAction, runIds: readonly EvaluationRunId[]): Promise<void> {
    await attempt(() => client.evaluations[action]({ runIds: [...runIds] }))
  }

  async function annotate(runIds: readonly EvaluationRunId[], annotation: RunAnnotation): Promise<void> {
    await attempt(async () => replace((await client.evaluations.annotate({ runIds: [...runIds], ...annotation })).runs))
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    actionFailure.value = null
    try {
      await task()
    } catch (error) {
      actionFailure.value = describeFailure(error)
    }
  }

  return { runs, isRead, listFailure, actionFailure, stages, runById, follow, read, replace, onResult, act, annotate }
})
