/** @file Lets a live generation run until something stops it. It does not know what becomes of the session then, nor the log. */
import { createBreakpointJudge } from '../../shared/debugging/index.ts'
import type { Breakpoint } from '../../shared/domain/breakpoint.ts'
import type { PendingStep } from '../../shared/domain/session.ts'
import type { Finish } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { isReached, type AdvanceGoal } from './advance-goal.ts'
import type { LiveSession } from './live-session.ts'

export interface RunEnd {
  readonly finish: Finish | null
  readonly pending: PendingStep | null
  /** The breakpoint that stopped it, by id. */
  readonly stoppedBy: string | null
}

/**
 * Asks for one step at a time, so that a pause is heard at once, other sessions get their turn, and the engine is never more than one
 * step ahead of the log: it computes a step while the one before is committed. None is computed beyond the step that stops the run.
 * null where the session ended meanwhile. Raises what the engine raises.
 */
export async function runSession(engine: EngineHost, session: LiveSession, goal: AdvanceGoal, breakpoints: readonly Breakpoint[]): Promise<RunEnd | null> {
  const { judge } = createBreakpointJudge(breakpoints, { generatedText: session.texts.join('') })
  let previousLogged = Promise.resolve()
  for (;;) {
    const { finish, pending } = await moveOn(engine, session, goal)
    const latest = session.takeComputed()
    const stoppedBy = latest === null ? null : judge(latest.step, latest.weave).stoppedBy
    await previousLogged
    previousLogged = session.logged()
    if (session.isEnded) return null
    const isStopped = stoppedBy !== null || latest === null || isReached(goal, latest.step)
    if (finish !== null || isStopped || session.isPauseWanted) return { finish, pending, stoppedBy }
  }
}

/** The step arrives before the answer; none does where a phase ended inside of it, or where the generation has finished. */
async function moveOn(engine: EngineHost, { header }: LiveSession, { until }: AdvanceGoal): Promise<Pick<RunEnd, 'finish' | 'pending'>> {
  if (until === 'phase') return engine.call('phase', { rolloutId: header.id })
  return { ...(await engine.call('step', { rolloutId: header.id })), pending: null }
}
