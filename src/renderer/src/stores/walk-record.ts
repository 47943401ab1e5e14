/** @file Running over steps that are recorded already: the same stops as a live run has. It does not know who shows them. */
import type { AdvanceUntil, PendingStep } from '../../../shared/domain/session.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import type { Weave } from '../../../shared/domain/weave.ts'

export interface WalkOptions {
  until: Exclude<AdvanceUntil, 'phase'>
  /** Stops after this step at the latest. */
  stopAfter: number | null
  /** The id of the breakpoint that stops at this step; null where none does. */
  judge: ((index: number) => Promise<string | null> | string | null) | null
  signal: AbortSignal
}

export interface Walk {
  /** The last step that was walked over; `from` where there was none. */
  cursor: number
  /** False where the record ended first: a live run would go on. */
  isStopped: boolean
  stoppedBy: string | null
}

/** Whether a run `until` this ends with the step. */
export function endsWalk(until: WalkOptions['until'], step: StepOverview): boolean {
  switch (until) {
    case 'step':
      return true
    case 'candidate':
      return step.candidate
    case 'decision':
      return step.decision !== -100
    case 'insertion':
      return step.weaveId !== null
    case 'end':
      return false
    default:
      return until satisfies never
  }
}

/** Walks over the steps after `from`. */
export async function walkRecord(steps: readonly StepOverview[], from: number, { until, stopAfter, judge, signal }: WalkOptions): Promise<Walk> {
  let cursor = from
  while (cursor + 1 < steps.length && !signal.aborted) {
    cursor += 1
    const step = steps[cursor]
    if (step === undefined) break
    const stoppedBy = judge === null ? null : await judge(cursor)
    if (stoppedBy !== null || endsWalk(until, step) || cursor === stopAfter) return { cursor, isStopped: true, stoppedBy }
  }
  return { cursor, isStopped: signal.aborted, stoppedBy: null }
}

/** A recorded step as it stood after one of its phases. */
export function replayPhase(step: Step, weave: Weave | null, phase: PendingStep['phase']): PendingStep {
  const { candidate, gateReason, triggerLogits, pInvoke, decision, decisionSource } = step
  return { phase, candidate, gateReason, triggerLogits, pInvoke, decision, decisionSource, stepIndex: step.index, isInserted: step.weaveId !== null, weave: phase === 'woven' ? weave : null }
}

/** The phase after this one (null: none is done yet) of a recorded step; 'whole' once its token is there. */
export function phaseAfter(phase: PendingStep['phase'] | null, step: StepOverview): PendingStep['phase'] | 'whole' {
  if (phase === null) return 'decided'
  return phase === 'decided' && step.weaveId !== null ? 'woven' : 'whole'
}
