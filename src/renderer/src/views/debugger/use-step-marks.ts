/** @file Which steps stand out in the trace on screen: breakpoints, its fork, and tokens that a user chose. It does not know how they are marked. */
import { computed, type ComputedRef } from 'vue'
import type { AppliedChange } from '../../../../shared/domain/branch.ts'
import type { TraceId } from '../../../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../../../shared/domain/trace.ts'
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

/** The marks that a trace has from its beginning. */
type TraceMarks = Pick<StepMarks, 'forcedTokens' | 'fork'> & { traceId: TraceId | null }

/** The same object as long as no mark changes: with a fresh one every row in sight is drawn again. */
export function useStepMarks(): ComputedRef<StepMarks> {
  const session = useSessionStore()
  const breakpoints = useBreakpointsStore()
  const ofTrace = computed<TraceMarks>((before) => traceMarks(session.header, before))
  return computed(() => ({ breakpoints: breakpoints.positions, forcedTokens: ofTrace.value.forcedTokens, fork: ofTrace.value.fork }))
}

/** `before` where it is the same trace's: a header comes with every step, and what was changed in a trace stays as it is. */
export function traceMarks(header: Pick<TraceHeader, 'id' | 'changes' | 'parent'> | null, before?: TraceMarks): TraceMarks {
  const traceId = header?.id ?? null
  if (before?.traceId === traceId) return before
  return { traceId, forcedTokens: forcedTokenSteps(header?.changes ?? []), fork: header?.parent?.stepIndex ?? null }
}

export function forcedTokenSteps(changes: readonly AppliedChange[]): ReadonlySet<number> {
  return new Set(changes.flatMap(({ stepIndex, change }) => (change.kind === 'tokens' ? change.tokenIds.map((_, offset) => stepIndex + offset) : [])))
}
