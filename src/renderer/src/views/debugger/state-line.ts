/** @file The state of a trace as one sentence. */
import type { SessionState } from '../../../../shared/domain/session.ts'
import type { Finish } from '../../../../shared/domain/trace.ts'
import type { SessionPhase } from '../../stores/session.ts'

export interface StateLine {
  tone: 'calm' | 'busy' | 'notice'
  text: string
}

const finishSentences: Readonly<Record<Finish, string>> = {
  eos: 'Finished: the end-of-sequence token came.',
  length: 'Finished: the token limit was reached.',
  stopped: 'Stopped before its end.',
  error: 'Ended by an error. Every step up to it is kept.',
}

export function stateLine(phase: SessionPhase, state: SessionState | null): StateLine {
  if (phase === 'opening') return { tone: 'busy', text: 'Opening…' }
  if (state === null) return { tone: 'calm', text: 'No trace yet. Step starts one from the prompt panel.' }
  switch (state.kind) {
    case 'paused':
      return { tone: 'calm', text: 'Paused' }
    case 'running':
      return { tone: 'busy', text: state.until === 'end' ? 'Running to the end…' : state.until === 'decision' ? 'Running to the next decision…' : 'Stepping…' }
    case 'finished':
      return { tone: state.finish === 'error' ? 'notice' : 'calm', text: finishSentences[state.finish] }
    case 'recorded':
      return { tone: 'notice', text: `Recorded, cannot be stepped: ${state.reason ?? 'no live generation stands behind it.'} Restart makes a new trace.` }
    default:
      return state satisfies never
  }
}
