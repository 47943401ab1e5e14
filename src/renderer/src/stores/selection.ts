/** @file Which token is selected, and whether the selection follows the newest one. It does not know how tokens are drawn. */
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

  watch(
    () => session.header?.id,
    () => {
      selection.value = null
      hoveredStep.value = null
      isFollowing.value = true
    },
  )
  watch(
    () => session.steps.length,
    (count) => {
      if (isFollowing.value && count > 0) selection.value = { kind: 'step', index: count - 1 }
    },
  )

  const selectedStep = computed(() => (selection.value?.kind === 'step' ? (session.steps[selection.value.index] ?? null) : null))
  const selectedPromptToken = computed(() => (selection.value?.kind === 'prompt' ? (session.promptTokens[selection.value.index] ?? null) : null))

  function select(target: Selection): void {
    selection.value = target
    isFollowing.value = target.kind === 'step' && target.index === session.steps.length - 1
  }

  function move(movement: Movement): void {
    const target = moveSelection(selection.value, movement, {
      promptLength: session.promptTokens.length,
      stepCount: session.steps.length,
      insertionSteps: session.weaves.map((weave) => weave.stepIndex),
    })
    if (target !== null) select(target)
  }

  return { selection, hoveredStep, isFollowing, selectedStep, selectedPromptToken, select, move }
})
