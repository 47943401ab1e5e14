/** @file The rows of the trace on screen, extended as steps arrive and laid out anew when the width changes, and what stands in those that are drawn. */
import { computed, shallowRef, triggerRef, watch, type Ref } from 'vue'
import { useAnalysisStore } from '../../stores/analysis.ts'
import { useSessionStore } from '../../stores/session.ts'
import { rowItems, type StreamItem } from './stream-items.ts'
import { appendTokens, stepSize, tokenSize, type StreamRow, type TokenSize } from './stream-rows.ts'
import { useStepMarks } from './use-step-marks.ts'

export interface StreamRows {
  rows: Readonly<Ref<readonly StreamRow[]>>
  /** The same array as long as nothing in the row changed, so that only what changed is drawn again. */
  itemsOf: (row: StreamRow) => readonly StreamItem[]
}

/** @param columns null until the width is known: there are no rows before. */
export function useStreamRows(columns: Readonly<Ref<number | null>>, isPromptFolded: Readonly<Ref<boolean>>): StreamRows {
  const session = useSessionStore()
  const analysis = useAnalysisStore()
  const marks = useStepMarks()
  const rows = shallowRef<StreamRow[]>([])
  const twin = computed(() => analysis.of(session.header?.id ?? null).twin)
  let laidOut: readonly unknown[] = []
  let items = new WeakMap<StreamRow, StreamItem[]>()

  function layOut(): void {
    const fresh: StreamRow[] = []
    rows.value = fresh
    laidOut = []
    if (columns.value === null) return
    const prompt = session.promptTokens
    if (isPromptFolded.value && prompt.length > 0) fresh.push({ key: 'fold', kind: 'fold', from: 0, to: prompt.length, columns: 0 })
    else appendTokens(fresh, 'prompt', { from: 0, to: prompt.length }, (index) => tokenSize(prompt[index]?.text ?? ''), columns.value)
    extend()
  }

  /** Rows grow in place: a copy of them would cost more with every token. */
  function extend(): void {
    if (columns.value === null) return
    const { foremostSteps: steps, weaveById } = session
    const fork = marks.value.fork
    const sizeOf = (index: number): TokenSize => {
      const step = steps[index]
      if (step === undefined) throw new Error(`internal: there is no step ${index} to lay out`)
      return stepSize(step, step.weaveId === null ? undefined : weaveById.get(step.weaveId), fork)
    }
    appendTokens(rows.value, 'steps', { from: laidOut.length, to: steps.length }, sizeOf, columns.value)
    laidOut = steps
    triggerRef(rows)
  }

  // As functions: with a shallow ref among its sources a watch also calls back where all values are the same, here at every step.
  watch([() => columns.value, () => isPromptFolded.value, () => session.promptTokens, () => marks.value.fork, () => session.header?.id], layOut, { immediate: true })
  watch(() => session.foremostSteps, (steps) => {
    const isContinued = laidOut.length <= steps.length && laidOut[0] === steps[0] && laidOut.at(-1) === steps[laidOut.length - 1]
    if (isContinued) extend()
    else layOut()
  })
  watch([marks, twin], () => {
    items = new WeakMap()
    triggerRef(rows)
  })

  return {
    rows,
    itemsOf(row) {
      const known = items.get(row)
      if (known !== undefined) return known
      const { promptTokens, foremostSteps: steps, weaveById } = session
      const made = rowItems(row, { promptTokens, steps, weaveById, twin: twin.value, marks: marks.value })
      items.set(row, made)
      return made
    },
  }
}
