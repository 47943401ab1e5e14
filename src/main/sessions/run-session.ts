/** @file Lets a live generation run until something stops it. It does not know what becomes of the session then, nor the log. */
import type { PendingStep } from '../../shared/domain/session.ts'
import type { Finish } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
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

/**
 * Asks for one step at a time, so that a pause is heard at once, other sessions get their turn, and the engine is never more than a
 * batch ahead of the log. The next step is asked for before the one before is committed: a commit waits for the disk and blocks this
 * thread, and the engine computes meanwhile. None is computed beyond the step that stops the run.
 * null where the session ended meanwhile. Raises what the engine raises.
 */
export async function runSession(engine: EngineHost, session: LiveSession, { goal, breakpoints }: RunSessionOptions): Promise<RunEnd | null> {
  let moving = moveOn(engine, session, goal)
  for (;;) {
    const { finish, pending } = await moving
    const latest = session.takeComputed()
    const stoppedBy = latest === null ? null : breakpoints.stopAt(latest)
    await session.rested()
    if (session.isEnded) return null
    const isReachedNow = latest === null || isReached(goal, latest.step)
    const isStopped = finish !== null || stoppedBy !== null || isReachedNow || session.isPauseWanted
    if (!isStopped) moving = moveOn(engine, session, goal)
    if (latest !== null) session.log(latest)
    if (isStopped) return { finish, pending, stoppedBy }
  }
}

/** The step arrives before the answer; none does where a phase ended inside of it, or where the generation has finished. */
async function moveOn(engine: EngineHost, { header }: LiveSession, { until }: AdvanceGoal): Promise<Pick<RunEnd, 'finish' | 'pending'>> {
  if (until === 'phase') return engine.call('phase', { rolloutId: header.id })
  return { ...(await engine.call('step', { rolloutId: header.id })), pending: null }
}
