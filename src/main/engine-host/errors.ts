/** @file How a call to the engine can fail, as the host sees it. It does not know what the UI makes of it. */
import type { EngineFailure } from '../engine/protocol.ts'

/** The engine process ended while a call was waiting; `outputTail` is the last it wrote to stderr. */
export class EngineLostError extends Error {
  override name = 'EngineLostError'
  readonly exitCode: number | null
  readonly signal: string | null
  readonly outputTail: string

  constructor(exit: { exitCode: number | null; signal: string | null; outputTail: string }, options?: ErrorOptions) {
    super(describeExit(exit), options)
    this.exitCode = exit.exitCode
    this.signal = exit.signal
    this.outputTail = exit.outputTail
  }
}

/** The engine answered a call with a failure; `failure` is its own account. */
export class EngineCallError extends Error {
  override name = 'EngineCallError'
  readonly failure: EngineFailure

  constructor(failure: EngineFailure) {
    super(failure.message)
    this.failure = failure
    if (failure.code === null && failure.stack !== null) this.stack = failure.stack
  }
}

/** The host is shutting down and takes no more calls. */
export class EngineDisposedError extends Error {
  override name = 'EngineDisposedError'

  constructor() {
    super('The engine is being shut down and takes no more work.')
  }
}

/** What most likely stands behind a signal. */
const signalCauses: Readonly<Record<string, string>> = {
  SIGBUS: ', as when a model’s file is shortened or replaced while it is loaded',
}

/** One sentence for the status bar and the log: how the process ended and what it said last. */
export function describeExit(exit: { exitCode: number | null; signal: string | null; outputTail: string }): string {
  const how = exit.signal === null ? `with exit code ${exit.exitCode ?? 'unknown'}` : `by signal ${exit.signal}${signalCauses[exit.signal] ?? ''}`
  const lastLine = exit.outputTail.trim().split('\n').at(-1) ?? ''
  return lastLine === '' ? `The engine process ended ${how}.` : `The engine process ended ${how}; its last words: “${lastLine}”.`
}
