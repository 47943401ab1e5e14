/** @file Where the user is in the tour: begun once for a newcomer, skipped for good, taken again by a command. It does not know the page. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { tourStops, type TourScene } from './tour-steps.ts'

export const TOUR_STORAGE_KEY = 'memgen.tour'

export const useTourStore = defineStore('tour', () => {
  const seen = useStorage<'no' | 'yes'>(TOUR_STORAGE_KEY, 'no')
  const index = shallowRef(0)
  const isOpen = computed(() => seen.value === 'no')
  const stop = computed(() => (isOpen.value ? (tourStops[index.value] ?? null) : null))
  const isLast = computed(() => index.value === tourStops.length - 1)

  function next(): void {
    if (isLast.value) return end()
    index.value += 1
  }

  function back(): void {
    index.value = Math.max(0, index.value - 1)
  }

  /** Skipped or done: it does not come again by itself. */
  function end(): void {
    seen.value = 'yes'
    index.value = 0
  }

  function begin(): void {
    index.value = 0
    seen.value = 'no'
  }

  /** Moves on when what a stop asks for has happened while it was shown; a stop that was done before is shown all the same. */
  function watchScene(readScene: () => TourScene): void {
    watch(
      () => (stop.value?.isDone == null ? null : { id: stop.value.id, isDone: stop.value.isDone(readScene()) }),
      (now, before) => {
        if (now?.isDone === true && before?.isDone === false && now.id === before.id && !isLast.value) next()
      },
    )
  }

  return { index, stop, isOpen, isLast, next, back, end, begin, watchScene }
})
