/** @file The state of a trace in a few words, and why a recorded one cannot be stepped. */
import type { SessionState } from '../../../../shared/domain/session.ts'
import type { Finish } from '../../../../shared/domain/trace.ts'
import type { SessionPhase } from '../../stores/session.ts'

export interface StateLine {
  tone: 'calm' | 'busy' | 'notice'
  text: string
}

const finishSentences: Readonly<Record<Finish, string>> = {
  eos: 'Finished: end of text',
  length: 'Finished: token limit',
  stopped: 'Stopped before its end',
  error: 'Ended by an error',
}

/** Why a recorded trace cannot be stepped, and what can be done instead; null for any other. */
export function recordedNotice(state: SessionState | null): string | null {
  return state?.kind === 'recorded' ? (state.reason ?? 'No live generation stands behind this trace. Restart makes a new one.') : null
}

/** @param isConnected what a page without its server last heard of a trace may be long past */
export function stateLine(phase: SessionPhase, state: SessionState | null, isConnected = true): StateLine {
  if (!isConnected) return { tone: 'notice', text: 'Not connected' }
  if (phase === 'opening') return { tone: 'busy', text: 'Opening…' }
  if (state === null) return { tone: 'calm', text: 'No trace yet' }
  switch (state.kind) {
    case 'paused':
      return { tone: 'calm', text: 'Paused' }
    case 'running':
      return { tone: 'busy', text: state.until === 'end' ? 'Running to the end…' : state.until === 'decision' ? 'Running to the next decision…' : 'Stepping…' }
    case 'finished':
      return { tone: state.finish === 'error' ? 'notice' : 'calm', text: finishSentences[state.finish] }
    case 'recorded':
      return { tone: 'notice', text: 'Recorded' }
    default:
      return state satisfies never
  }
}
