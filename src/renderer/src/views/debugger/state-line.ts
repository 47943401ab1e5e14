/** @file The state of a trace in a few words, and what a recorded one can still do. */
import type { AdvanceUntil, SessionState } from '../../../../shared/domain/session.ts'
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

const runningSentences: Readonly<Record<AdvanceUntil, string>> = {
  phase: 'Stepping…',
  step: 'Stepping…',
  candidate: 'Running to the next delimiter…',
  decision: 'Running to the next decision…',
  insertion: 'Running to the next insertion…',
  end: 'Running to the end…',
}

/** Why a recorded trace stands where it does and how it goes on, in the host's words; null where there is nothing to say. */
export function recordedNotice(state: SessionState | null): string | null {
  return state?.kind === 'recorded' ? state.reason : null
}

export interface StateLineOptions {
  /** What a page without its server last heard of a trace may be long past. @default true */
  isConnected?: boolean
  /** A recorded trace that has not finished can be taken up again. @default false */
  isUnfinished?: boolean
}

export function stateLine(phase: SessionPhase, state: SessionState | null, { isConnected = true, isUnfinished = false }: StateLineOptions = {}): StateLine {
  if (!isConnected) return { tone: 'notice', text: 'Not connected' }
  if (phase === 'opening') return { tone: 'busy', text: 'Opening…' }
  if (state === null) return { tone: 'calm', text: 'No trace yet' }
  switch (state.kind) {
    case 'paused':
      if (state.pending !== null) return { tone: 'calm', text: `Paused inside step ${state.pending.stepIndex}` }
      return { tone: 'calm', text: state.stoppedBy === null ? 'Paused' : 'Paused by a breakpoint' }
    case 'running':
      return { tone: 'busy', text: runningSentences[state.until] }
    case 'finished':
      return { tone: state.finish === 'error' ? 'notice' : 'calm', text: finishSentences[state.finish] }
    case 'recorded':
      return isUnfinished ? { tone: 'calm', text: 'Recorded, can go on' } : { tone: 'notice', text: 'Recorded' }
    default:
      return state satisfies never
  }
}
