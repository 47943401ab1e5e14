/** @file The latent lab: whose latents are looked at, as points in a plane, in clusters, and those picked from them. It does not know how any of it is drawn. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import { pointCategories, type PointColouring } from '../charts/point-categories.ts'
import type { FailureMode } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { Clustering, LatentPoints, LatentSelection, SpaceDistances } from '../../../shared/domain/latent-lab.ts'
import { createAsking } from './asking.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'
import { labLookSchema, type LabLook } from './latent-look.ts'
import { pointsOfResult, resultOfPoint, resultsOfPoints, type PointResult } from './latent-results.ts'

export const useLatentsStore = defineStore('latents', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const runIds = shallowRef<readonly EvaluationRunId[]>([])
  const look = useStorage<LabLook>('memgen.latent-lab', labLookSchema.parse({}), undefined, { serializer: { read: readLook, write: JSON.stringify }, shallow: true })
  const points = shallowRef<LatentPoints | null>(null)
  const clustering = shallowRef<Clustering | null>(null)
  const distances = shallowRef<SpaceDistances | null>(null)
  /** Categories that are not drawn. */
  const hidden = shallowRef<ReadonlySet<number>>(new Set())
  const picked = shallowRef<readonly number[]>([])
  const current = shallowRef<number | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  const message = shallowRef('')

  const projecting = createAsking()
  const clustered = createAsking()
  const measuring = createAsking()

  const selection = computed<LatentSelection>(() => {
    const { unit, kind, side, maxPoints } = look.value
    return { runIds: [...runIds.value], unit, kind, side, maxPoints }
  })
  const runNames = computed(() => (points.value?.runIds ?? []).map((id) => evaluations.runById(id)?.name ?? id))
  const categories = computed(() => (points.value === null ? null : pointCategories(points.value, look.value.colouring, clustering.value?.cluster ?? null, runNames.value)))
  const pickedResults = computed(() => (points.value === null ? [] : resultsOfPoints(points.value, picked.value)))
  const currentResult = computed(() => (points.value === null || current.value === null ? null : resultOfPoint(points.value, current.value)))
  /** Runs that have latents to show. */
  const candidates = computed(() => evaluations.runs.filter(({ plan, trashedAt, totals }) => plan.latents !== 'none' && trashedAt === null && totals.promptInsertions + totals.inferenceInsertions > 0))

  // As text: the colour is part of the look as well, and changes neither.
  const selectionKey = computed(() => JSON.stringify(selection.value))
  watch([selectionKey, () => look.value.method, () => look.value.seed, () => look.value.neighbors, () => look.value.minDist], () => void project())
  watch(selectionKey, () => {
    clustering.value = null
    distances.value = null
  })
  watch([categories, () => look.value.colouring], () => (hidden.value = new Set()))

  function take(ids: readonly EvaluationRunId[]): void {
    void evaluations.follow()
    if (ids.join() !== runIds.value.join()) runIds.value = ids
  }

  function change(part: Partial<LabLook>): void {
    look.value = { ...look.value, ...part }
  }

  async function project(): Promise<void> {
    const { method, seed, neighbors, minDist } = look.value
    pick([])
    if (runIds.value.length === 0) {
      projecting.stop()
      points.value = null
      return
    }
    const request = { selection: selection.value, method, seed, neighbors, minDist }
    await projecting.ask(async (signal, onProgress) => {
      for await (const answer of await client.latents.project(request, { signal })) {
        if (answer.kind === 'progress') onProgress(answer.fraction)
        else points.value = answer.points
      }
    })
  }

  async function cluster(): Promise<void> {
    const { clusterCount, seed } = look.value
    const request = { selection: selection.value, clusterCount, seed }
    await clustered.ask(async (signal, onProgress) => {
      for await (const answer of await client.latents.cluster(request, { signal })) {
        if (answer.kind === 'progress') onProgress(answer.fraction)
        else clustering.value = answer.clustering
      }
      change({ colouring: 'cluster' })
    })
  }

  async function measure(): Promise<void> {
    await measuring.ask(async (signal) => {
      distances.value = await client.latents.distances({ selection: selection.value }, { signal })
    })
  }

  function colourBy(colouring: PointColouring): void {
    change({ colouring })
  }

  function toggleCategory(category: number): void {
    const changed = new Set(hidden.value)
    if (!changed.delete(category)) changed.add(category)
    hidden.value = changed
  }

  /** Shows this category alone, or all again. */
  function isolateCategory(category: number): void {
    const others = (categories.value?.labels ?? []).map((_, index) => index).filter((index) => index !== category)
    const isAlone = others.every((index) => hidden.value.has(index)) && !hidden.value.has(category)
    hidden.value = new Set(isAlone ? [] : others)
  }

  function isShown(index: number): boolean {
    return !hidden.value.has(categories.value?.index[index] ?? 0)
  }

  function pick(indices: readonly number[]): void {
    picked.value = indices
    current.value = indices[0] ?? null
  }

  function pickCluster(wanted: number): void {
    const of = clustering.value?.cluster
    if (of !== undefined) pick([...of.keys()].filter((index) => of[index] === wanted))
  }

  function pickResult(result: PointResult): void {
    if (points.value === null) return
    current.value = pointsOfResult(points.value, picked.value, result)[0] ?? null
  }

  /** A failure mode on the result of the current point, its verdict kept. */
  async function label(failureMode: FailureMode): Promise<void> {
    const key = currentResult.value
    if (key === null) return
    await act(async () => {
      const { result } = await client.evaluations.result(key)
      await client.evaluations.audit({ key, verdict: { isRight: result.human?.isRight ?? null, failureMode } })
      message.value = `${key.sampleId}: ${failureMode.replaceAll('-', ' ')}`
    })
  }

  /** The current point's generation with everything recorded; null where that failed. */
  async function openTrace(): Promise<{ traceId: string; stepIndex: number } | null> {
    const [key, index, shown] = [currentResult.value, current.value, points.value]
    if (key === null || index === null || shown === null) return null
    message.value = 'Generating this result again with everything recorded…'
    const opened = await act(() => client.evaluations.openTrace({ key, turn: shown.turn[index] ?? 0 }))
    if (opened === null) return null
    message.value = opened.isSame ? '' : `${key.sampleId}: generated again it came out otherwise.`
    return { traceId: opened.traceId, stepIndex: shown.stepIndex[index] ?? 0 }
  }

  async function act<Result>(task: () => Promise<Result>): Promise<Result | null> {
    actionFailure.value = null
    try {
      return await task()
    } catch (error) {
      message.value = ''
      actionFailure.value = describeFailure(error)
      return null
    }
  }

  return {
    runIds, look, points, clustering, distances, hidden, picked, current, actionFailure, message, selection, runNames, categories, pickedResults, currentResult, candidates,
    projecting: projecting.state, clustered: clustered.state, measuring: measuring.state,
    take, change, project, cluster, measure, colourBy, toggleCategory, isolateCategory, isShown, pick, pickCluster, pickResult, label, openTrace,
    stop: () => [projecting, clustered, measuring].forEach((asking) => asking.stop()),
  }
})

function readLook(raw: string): LabLook {
  try {
    return labLookSchema.parse(JSON.parse(raw))
  } catch {
    return labLookSchema.parse({}) // kept by another version, or not by us
  }
}
