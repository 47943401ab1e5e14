/** @file A trace as a stream of events: what the log holds, then what happens. It changes nothing. */
import type { SessionEvent, SessionState } from '../../shared/domain/session.ts'
import type { TraceHeader } from '../../shared/domain/trace.ts'
import type { LiveSession } from './live-session.ts'
import type { SessionLog } from './session-log.ts'

type SessionEvents = AsyncGenerator<SessionEvent, void, undefined>

/**
 * The logged steps from `fromStep` on, the session's state, then every event until it ends or `signal` aborts.
 * Listening starts before the store is read, and steps seen twice are dropped: none is missed, none doubled. Where the
 * mailbox has dropped some, the log is read again.
 */
export async function* followSession(log: SessionLog, session: LiveSession, { fromStep, signal }: { fromStep: number; signal: AbortSignal | undefined }): SessionEvents {
  const { mailbox, leave } = session.listen()
  try {
    let nextIndex = fromStep
    async function* readLogged(): SessionEvents {
      for (const { step, weave } of (await log.stepsFrom(session.header.id, nextIndex)) ?? []) {
        nextIndex = step.index + 1
        yield { kind: 'step', step, weave }
      }
    }
    yield* readLogged()
    for await (const event of mailbox.read({ signal })) {
      if (event.kind === 'step' && event.step.index < nextIndex) continue
      if (event.kind === 'step' && event.step.index > nextIndex) {
        yield* readLogged()
        // The state may have been among what was dropped.
        yield { kind: 'state', state: session.state, header: session.header }
        continue
      }
      if (event.kind === 'step') nextIndex = event.step.index + 1
      yield event
    }
  } finally {
    leave()
  }
}

/** The logged steps from `fromStep` on, then the state; what has no rollout has no future. */
export async function* replayTrace(log: SessionLog, { header, state }: { header: TraceHeader; state: SessionState }, fromStep: number): SessionEvents {
  for (const { step, weave } of (await log.stepsFrom(header.id, fromStep)) ?? []) yield { kind: 'step', step, weave }
  yield { kind: 'state', state, header }
}
