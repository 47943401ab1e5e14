/** @file The watched expressions, kept between visits, and their values at the current step and around it. It does not know how they are drawn. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { ExpressionScope } from '../../../shared/debugging/index.ts'
import { generatedTail } from './generated-tail.ts'
import { useSessionStore } from './session.ts'
import { watchListSerializer } from './watch-list.ts'
import { readWatch, watchPoints, watchValue, type Watch, type WatchPoint, type WatchValue } from './watch-reading.ts'

const STORAGE_KEY = 'memgen.watches'
/** Steps of a watch's curve, the current one last: what a narrow column can show. */
export const CURVE_STEPS = 100

export interface WatchRow {
  watch: Watch
  /** null for a broken watch. */
  value: WatchValue | null
  points: readonly WatchPoint[] | null
}

export const useWatchesStore = defineStore('watches', () => {
  const session = useSessionStore()
  const sources = useStorage<string[]>(STORAGE_KEY, [], undefined, { serializer: watchListSerializer, shallow: true })
  const watches = computed(() => sources.value.map(readWatch))

  const scopes = computed(() => {
    const first = Math.max(0, session.cursor - CURVE_STEPS + 1)
    const needsDetails = watches.value.some((watch) => watch.kind === 'compiled' && (watch.compiled.needs.has('topK') || watch.compiled.needs.has('details')))
    return Array.from({ length: session.cursor + 1 - first }, (_, offset) => scopeAt(first + offset, needsDetails)).filter((scope) => scope !== null)
  })

  const rows = computed<WatchRow[]>(() => {
    const current = scopes.value.at(-1) ?? null
    return watches.value.map((watch) => {
      if (watch.kind === 'broken') return { watch, value: null, points: null }
      return { watch, value: watchValue(watch.compiled, current), points: watchPoints(watch.compiled, scopes.value) }
    })
  })

  /** @param needsDetails asks for the step's page where it is not there yet */
  function scopeAt(stepIndex: number, needsDetails: boolean): ExpressionScope | null {
    const overview = session.steps[stepIndex]
    if (overview === undefined) return null
    const step = (needsDetails ? session.detail(stepIndex) : null) ?? overview
    const weave = overview.weaveId === null ? null : (session.weaveById.get(overview.weaveId) ?? null)
    return { step, weave, generatedText: generatedTail(session.steps, stepIndex) }
  }

  /** A source that is watched already stays where it is. */
  function add(source: string): void {
    const trimmed = source.trim()
    if (trimmed !== '' && !sources.value.includes(trimmed)) sources.value = [...sources.value, trimmed]
  }

  function remove(source: string): void {
    sources.value = sources.value.filter((other) => other !== source)
  }

  return { rows, add, remove }
})
