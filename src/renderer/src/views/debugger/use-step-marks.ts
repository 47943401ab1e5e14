/** @file Which steps stand out in the trace on screen: breakpoints, its fork, and tokens that a user chose. It does not know how they are marked. */
import { computed, type ComputedRef } from 'vue'
import type { AppliedChange } from '../../../../shared/domain/branch.ts'
import { useBreakpointsStore } from '../../stores/breakpoints.ts'
import { useSessionStore } from '../../stores/session.ts'

export interface StepMarks {
  /** Steps with a breakpoint on their position, and whether it is enabled. */
  breakpoints: ReadonlyMap<number, boolean>
  /** Steps whose token a user chose. */
  forcedTokens: ReadonlySet<number>
  /** The first step that is the branch's own; null in a trace from the prompt. */
  fork: number | null
}

export function useStepMarks(): ComputedRef<StepMarks> {
  const session = useSessionStore()
  const breakpoints = useBreakpointsStore()
  const forcedTokens = computed(() => forcedTokenSteps(session.header?.changes ?? []))
  return computed(() => ({ breakpoints: breakpoints.positions, forcedTokens: forcedTokens.value, fork: session.header?.parent?.stepIndex ?? null }))
}

export function forcedTokenSteps(changes: readonly AppliedChange[]): ReadonlySet<number> {
  return new Set(changes.flatMap(({ stepIndex, change }) => (change.kind === 'tokens' ? change.tokenIds.map((_, offset) => stepIndex + offset) : [])))
}
