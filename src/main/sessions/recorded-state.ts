/** @file The state of a trace that has no rollout behind it, from its header alone. */
import type { SessionState } from '../../shared/domain/session.ts'
import type { TraceHeader } from '../../shared/domain/trace.ts'

/** What the user does next with a generation that has not finished. */
export const HOW_TO_GO_ON = 'Step takes it up again.'
export const APP_ENDED = 'The app ended before this generation did.'

export function recordedState(header: Pick<TraceHeader, 'finish' | 'error'>): SessionState {
  switch (header.finish) {
    case 'eos':
    case 'length':
    case 'stopped':
      return { kind: 'finished', finish: header.finish }
    case 'error':
      return { kind: 'recorded', reason: header.error }
    case null:
      return { kind: 'recorded', reason: `${APP_ENDED} Every step it logged is here. ${HOW_TO_GO_ON}` }
    default:
      return header.finish satisfies never
  }
}

/** Which steps of a generation that lost its rollout are in the log, as a sentence. */
export function keptSteps({ stepCount }: Pick<TraceHeader, 'stepCount'>): string {
  if (stepCount === 0) return 'No step had been logged yet.'
  return stepCount === 1 ? 'Its first step is kept in the log.' : `All ${stepCount} steps before that are kept in the log.`
}
