/** @file Which token is selected, and whether the selection goes along with the current step. It does not know how tokens are drawn. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { moveSelection, type Movement, type Selection } from './move-selection.ts'
import { useSessionStore } from './session.ts'

export const useSelectionStore = defineStore('selection', () => {
  const session = useSessionStore()
  const selection = shallowRef<Selection | null>(null)
  /** The token under the pointer in the lanes, as a step index. */
  const hoveredStep = shallowRef<number | null>(null)
  const isFollowing = shallowRef(true)

  // One watch for both: of two, the one whose source changed last would have the last word.
  watch([() => session.cursor, () => session.header?.id], ([cursor, traceId], [, before]) => {
    if (traceId !== before) {
      hoveredStep.value = null
      isFollowing.value = true
    }
    if (isFollowing.value) selection.value = cursor < 0 ? null : { kind: 'step', index: cursor }
  })

  /** The selected step without what only inspectors show. */
  const selectedStep = computed(() => (selection.value?.kind === 'step' ? (session.steps[selection.value.index] ?? null) : null))
  /** The same, a frame earlier where the selection is about to go along with a step that has just come. */
  const foremostStep = computed(() => (isFollowing.value && session.isAtEnd ? (session.foremostSteps.at(-1) ?? null) : selectedStep.value))
  const selectedPromptToken = computed(() => (selection.value?.kind === 'prompt' ? (session.promptTokens[selection.value.index] ?? null) : null))

  /** The whole selected step; null also while it is on its way. */
  const selectedDetail = computed(() => (selectedStep.value === null ? null : session.detail(selectedStep.value.index)))
  const selectedWeave = computed(() => (selectedStep.value?.weaveId == null ? null : session.weaveDetail(selectedStep.value.weaveId)))

  function select(target: Selection): void {
    selection.value = target
    isFollowing.value = target.kind === 'step' && target.index === session.cursor
  }

  /** Goes along with the current step again. */
  function follow(): void {
    isFollowing.value = true
    selection.value = session.cursor < 0 ? null : { kind: 'step', index: session.cursor }
  }

  function move(movement: Movement): void {
    const target = moveSelection(selection.value, movement, {
      promptLength: session.promptTokens.length,
      stepCount: session.steps.length,
      insertionSteps: session.weaves.map((weave) => weave.stepIndex),
    })
    if (target !== null) select(target)
  }

  return { selection, hoveredStep, isFollowing, selectedStep, foremostStep, selectedDetail, selectedWeave, selectedPromptToken, select, move, follow }
})
