/** @file Lets a live generation run until something stops it. It does not know what becomes of the session then, nor the log. */
import type { PendingStep } from '../../shared/domain/session.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { Finish } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
import type { RecordedStep } from '../log/index.ts'
import { isReached, type AdvanceGoal } from './advance-goal.ts'
import type { LiveSession } from './live-session.ts'
import type { RunBreakpoints } from './run-breakpoints.ts'

export interface RunEnd {
  readonly finish: Finish | null
  readonly pending: PendingStep | null
  /** The breakpoint that stopped it, by id. */
  readonly stoppedBy: string | null
}

export interface RunSessionOptions {
  readonly goal: AdvanceGoal
  readonly breakpoints: RunBreakpoints
}

/** Steps of one call at most: so far, and a batch, the engine may be ahead of the log. */
const MAX_STEPS = 256

/**
 * Asks the engine for one step at a time where each has to be looked at, and for many where nothing but a pause can stop them, which ends such
 * a call after the step under way, as another session's call does. None is computed beyond the step that stops the run, unless its
 * breakpoint came while it was under way. The next are asked for before the latest are committed: a commit waits for the disk and blocks
 * this thread, and the engine computes meanwhile.
 * null where the session ended meanwhile. Raises what the engine raises.
 */
export async function runSession(engine: EngineHost, session: LiveSession, { goal, breakpoints }: RunSessionOptions): Promise<RunEnd | null> {
  let next = session.header.stepCount
  let stoppedBy: string | null = null
  let latest: Step | null = null
  const judge = (): readonly RecordedStep[] => {
    const computed = session.takeComputed()
    for (const recorded of computed) {
      const stop = breakpoints.stopAt(recorded)
      stoppedBy ??= stop
      latest = recorded.step
      next = latest.index + 1
    }
    return computed
  }
  const moveOn = (): Promise<Pick<RunEnd, 'finish' | 'pending'>> => {
    const count = stepsUntilLook(goal, breakpoints, next)
    session.onComputed = count > 1 ? () => session.log(judge()) : null
    latest = null
    return call(engine, session, goal, count)
  }
  try {
    for (let moving = moveOn(); ; ) {
      const { finish, pending } = await moving
      const computed = judge()
      await session.rested()
      if (session.isEnded) return null
      const isReachedNow = latest === null || isReached(goal, latest)
      const isStopped = finish !== null || stoppedBy !== null || isReachedNow || session.isPauseWanted
      if (!isStopped) moving = moveOn()
      session.log(computed)
      if (isStopped) return { finish, pending, stoppedBy }
    }
  } finally {
    session.onComputed = null
  }
}

/** Steps from `next` on after which the run may have to stop. */
function stepsUntilLook({ until, stopAfter }: AdvanceGoal, { canStop }: RunBreakpoints, next: number): number {
  if (until !== 'end' || canStop) return 1
  return stopAfter === null ? MAX_STEPS : Math.min(Math.max(1, stopAfter - next + 1), MAX_STEPS)
}

/** Steps arrive before the answer; none does where a phase ended inside of one, or where the generation has finished. */
async function call(engine: EngineHost, session: LiveSession, { until }: AdvanceGoal, count: number): Promise<Pick<RunEnd, 'finish' | 'pending'>> {
  const rolloutId = session.header.id
  if (until === 'phase') return engine.call('phase', { rolloutId })
  return { ...(await engine.call('steps', { rolloutId, count }, { halt: session.beInterrupted() })), pending: null }
}
