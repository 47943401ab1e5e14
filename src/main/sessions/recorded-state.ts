/** @file The state of a trace that has no rollout behind it, from its header alone. */
import type { SessionState } from '../../shared/domain/session.ts'
import type { TraceHeader } from '../../shared/domain/trace.ts'

export function recordedState(header: Pick<TraceHeader, 'finish' | 'error'>): SessionState {
  switch (header.finish) {
    case 'eos':
    case 'length':
    case 'stopped':
      return { kind: 'finished', finish: header.finish }
    case 'error':
      return { kind: 'recorded', reason: header.error }
    case null:
      return { kind: 'recorded', reason: 'The app ended before this generation did. Every step it logged is here.' }
    default:
      return header.finish satisfies never
  }
}
