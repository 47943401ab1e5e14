/** @file Where the selection goes from where it is: a pure rule over prompt tokens, steps and insertions. */

export type Selection = { kind: 'prompt'; index: number } | { kind: 'step'; index: number }

export type Movement = 'previous' | 'next' | 'first' | 'last' | 'previous-insertion' | 'next-insertion'

export interface SelectableTrace {
  promptLength: number
  stepCount: number
  /** Step indices of the insertions, rising. */
  insertionSteps: readonly number[]
}

/** null where there is nothing to go to. Prompt tokens lie before step 0, at positions -promptLength to -1. */
export function moveSelection(selection: Selection | null, movement: Movement, trace: SelectableTrace): Selection | null {
  const { promptLength, stepCount, insertionSteps } = trace
  if (promptLength + stepCount === 0) return null
  const position = selection === null ? stepCount : selection.kind === 'step' ? selection.index : selection.index - promptLength
  const targets: Record<Movement, number | undefined> = {
    previous: position - 1,
    next: position + 1,
    first: stepCount > 0 && position !== 0 ? 0 : -promptLength,
    last: stepCount - 1,
    'previous-insertion': insertionSteps.findLast((index) => index < position),
    'next-insertion': insertionSteps.find((index) => index > position),
  }
  const target = targets[movement]
  if (target === undefined) return null
  const clamped = Math.min(Math.max(target, -promptLength), stepCount - 1)
  return clamped >= 0 ? { kind: 'step', index: clamped } : { kind: 'prompt', index: clamped + promptLength }
}
