/** @file How far a run of the debugger goes and what stops it on the way. It knows no store. */
import type { Breakpoint } from '../../../shared/domain/breakpoint.ts'
import type { Judge } from './record-cursor.ts'

/** What stops a run besides its own end. */
export interface RunStops {
  /** For the host; read when the engine's turn comes. */
  readonly breakpoints: readonly Breakpoint[]
  /** The same over recorded steps. */
  readonly judge: Judge
  /** Whether a breakpoint asks for the vanilla twin. */
  readonly needsTwin: boolean
}

export interface AdvanceOptions {
  /** Run to cursor: stop after this step at the latest. @default null */
  stopAfter?: number | null
  /** @default nothing but the run's own end */
  stops?: RunStops | null
}
