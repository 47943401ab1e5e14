import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { tourStops, type TourScene } from './tour-steps.ts'
import { useTourStore } from './tour.ts'

const nothing: TourScene = { stepCount: 0, hasFinished: false, isBlockSelected: false, branchCount: 1, isComparing: false }

beforeEach(() => {
  setActivePinia(createPinia())
  useTourStore().begin()
})

test('a newcomer begins at the first stop, and whoever ends it is not asked again', () => {
  const tour = useTourStore()
  expect(tour.stop?.id).toBe(tourStops[0]?.id)
  tour.end()
  expect(tour.stop).toBeNull()
})

test('a stop is left as soon as what it asks for happens, and not for what happened before', async () => {
  const tour = useTourStore()
  const scene = shallowRef<TourScene>(nothing)
  tour.watchScene(() => scene.value)
  tour.next()
  await nextTick()
  expect(tour.stop?.id).toBe('step')
  scene.value = { ...nothing, stepCount: 1, hasFinished: true }
  await nextTick()
  expect(tour.stop?.id).toBe('run')
  await nextTick()
  expect(tour.stop?.id).toBe('run')
})

test('the last stop ends the tour', () => {
  const tour = useTourStore()
  for (const _ of tourStops) tour.next()
  expect(tour.isOpen).toBe(false)
})
