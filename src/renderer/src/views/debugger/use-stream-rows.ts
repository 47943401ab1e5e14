/** @file The rows of the trace on screen, extended as steps arrive and laid out anew when the width changes. */
import { shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Step } from '../../../../shared/domain/step.ts'
import { useSessionStore } from '../../stores/session.ts'
import { appendItems, promptItems, stepItems, type StreamRow } from './stream-rows.ts'

export function useStreamRows(columns: Readonly<Ref<number>>, isPromptFolded: Readonly<Ref<boolean>>): Readonly<ShallowRef<readonly StreamRow[]>> {
  const session = useSessionStore()
  const rows = shallowRef<StreamRow[]>([])
  let laidOut: readonly Step[] = []

  function layOut(): void {
    const fresh: StreamRow[] = []
    appendItems(fresh, promptItems(session.promptTokens, isPromptFolded.value), columns.value)
    appendItems(fresh, session.steps.flatMap((step) => stepItems(step, session.weaveById)), columns.value)
    rows.value = fresh
    laidOut = session.steps
  }

  function extend(steps: readonly Step[]): void {
    const isContinued = laidOut.length <= steps.length && laidOut[0] === steps[0] && laidOut.at(-1) === steps[laidOut.length - 1]
    if (laidOut.length === 0 || !isContinued) return layOut()
    const extended = rows.value.slice()
    appendItems(extended, steps.slice(laidOut.length).flatMap((step) => stepItems(step, session.weaveById)), columns.value)
    rows.value = extended
    laidOut = steps
  }

  watch([columns, isPromptFolded, () => session.promptTokens], layOut, { immediate: true })
  watch(() => session.steps, extend)
  return rows
}
