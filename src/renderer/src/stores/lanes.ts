/** @file Which lanes are shown, in which order, and which part of the token axis. The choice is kept between visits. It does not know what lanes draw. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { LaneId } from '../charts/lane.ts'
import { moved, showing, windowOn, zoomed } from '../charts/token-window.ts'
import type { AxisRange } from '../charts/token-axis.ts'
import { defaultLaneChoice, laneChoiceSerializer, moveLane, toggleLane, type LaneChoice } from './lane-choice.ts'
import { useSelectionStore } from './selection.ts'
import { useSessionStore } from './session.ts'

const STORAGE_KEY = 'memgen.lanes'
const ZOOM_FACTOR = 0.6
const MOVE_SHARE = 0.5

export const useLanesStore = defineStore('lanes', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const choice = useStorage<LaneChoice>(STORAGE_KEY, defaultLaneChoice(), undefined, { serializer: laneChoiceSerializer, shallow: true })
  const shown = computed<readonly LaneId[]>(() => choice.value.filter(({ isShown }) => isShown).map(({ id }) => id))

  /** What the user asked to see; null is everything. */
  const wanted = shallowRef<AxisRange | null>(null)
  const window = computed(() => windowOn(wanted.value, session.steps.length))
  const isWhole = computed(() => wanted.value === null)

  watch(() => session.header?.id, () => {
    wanted.value = null
  })
  watch(() => selection.selection, (selected) => {
    if (selected?.kind === 'step' && wanted.value !== null) wanted.value = showing(window.value, selected.index, session.steps.length)
  })

  function toggle(id: LaneId): void {
    choice.value = toggleLane(choice.value, id)
  }

  /** By one place up (-1) or down (1). */
  function move(id: LaneId, by: -1 | 1): void {
    choice.value = moveLane(choice.value, id, by)
  }

  function reset(): void {
    choice.value = defaultLaneChoice()
  }

  /** Around `anchor`; around the selected step, or else the middle, where it is null. */
  function zoom(factor: number, anchor: number | null = null): void {
    const { min, max } = window.value
    const selected = selection.selection?.kind === 'step' ? selection.selection.index : null
    const fixed = anchor ?? (selected !== null && selected >= min && selected <= max ? selected : (min + max) / 2)
    wanted.value = zoomed(window.value, factor, fixed, session.steps.length)
  }

  /** By this many steps, not beyond the ends. */
  function pan(steps: number): void {
    if (wanted.value !== null) wanted.value = moved(window.value, steps, session.steps.length)
  }

  function showAll(): void {
    wanted.value = null
  }

  return {
    choice, shown, window, isWhole, toggle, move, reset, zoom, pan, showAll,
    zoomIn: () => zoom(ZOOM_FACTOR),
    zoomOut: () => zoom(1 / ZOOM_FACTOR),
    panLeft: () => pan(-MOVE_SHARE * (window.value.max - window.value.min)),
    panRight: () => pan(MOVE_SHARE * (window.value.max - window.value.min)),
  }
})
