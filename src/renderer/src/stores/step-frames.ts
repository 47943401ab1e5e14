/**
 * @file When what a session tells of is drawn: all of a run's steps at most ten times a second, a single step in two frames, its token
 * before everything else about it. It does not know what is drawn.
 */
import type { SessionEvent, SessionState } from '../../../shared/domain/session.ts'
import { createFrameBatch } from './frame-batch.ts'

/** While a run streams, a page that is redrawn more often takes the processor from the engine: what is drawn without a GPU costs a small model half of its rate. */
const STREAM_INTERVAL_MS = 100

interface StepFramesParts {
  state: () => SessionState | null
  /** For what has to be drawn first; with the first frame after the events. */
  arrive: (events: readonly SessionEvent[]) => void
  /** For everything else: with the next frame, or at once while a run streams. */
  settle: (events: readonly SessionEvent[]) => void
}

interface StepFrames {
  push(event: SessionEvent): void
  /** Drops what was not handed on. */
  clear(): void
}

export function createStepFrames({ state, arrive, settle }: StepFramesParts): StepFrames {
  const settling = createFrameBatch<SessionEvent>(settle)
  const arriving = createFrameBatch<SessionEvent>((events) => {
    arrive(events)
    // Nothing older waits to be settled here: its frame was asked for before that of these events.
    if (isStreaming(state())) settle(events)
    else for (const event of events) settling.push(event)
  }, { intervalMs: () => (isStreaming(state()) ? STREAM_INTERVAL_MS : 0) })
  return {
    push: arriving.push,
    clear() {
      arriving.clear()
      settling.clear()
    },
  }
}

/** A run through many steps; a single one is shown with the next frame. */
function isStreaming(state: SessionState | null): boolean {
  return state?.kind === 'running' && !isSingleStep(state)
}

export function isSingleStep(state: SessionState): boolean {
  return state.kind === 'running' && (state.until === 'step' || state.until === 'phase')
}
