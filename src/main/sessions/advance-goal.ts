/** @file How far a run goes: after which step it stops by what was asked. It does not know breakpoints or the engine. */
import type { AdvanceUntil } from '../../shared/domain/session.ts'
import { NOT_ASKED, type Step } from '../../shared/domain/step.ts'

export interface AdvanceGoal {
  readonly until: AdvanceUntil
  /** Run to cursor: stop after this step at the latest. */
  readonly stopAfter: number | null
}

export function isReached({ until, stopAfter }: AdvanceGoal, step: Pick<Step, 'index' | 'candidate' | 'decision' | 'weaveId'>): boolean {
  if (stopAfter !== null && step.index >= stopAfter) return true
  switch (until) {
    case 'phase':
    case 'step':
      return true
    case 'candidate':
      return step.candidate
    case 'decision':
      return step.decision !== NOT_ASKED
    case 'insertion':
      return step.weaveId !== null
    case 'end':
      return false
    default:
      return until satisfies never
  }
}
