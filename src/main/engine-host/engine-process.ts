/** @file What the host needs of an engine process, whatever carries it (fork here, utilityProcess in the desktop shell). It starts none. */
import type { EngineCancellation, EngineHalt, EngineMessage, EngineRequest } from '../engine/protocol.ts'

export interface EngineExit {
  exitCode: number | null
  signal: string | null
  /** The end of what the process wrote to stderr, for the error message. */
  outputTail: string
}

export interface EngineProcess {
  post(request: EngineRequest | EngineCancellation | EngineHalt): void
  /** One listener each; set before the process can speak. */
  onMessage(listener: (message: EngineMessage) => void): void
  /** Called exactly once, also when the process could not be started. */
  onExit(listener: (exit: EngineExit) => void): void
  /** Ends the process at once; `onExit` follows. */
  end(): void
}

export type StartEngine = () => EngineProcess

/** Enough for a native assertion and a JavaScript stack; the rest of a chatty log is not kept. */
const OUTPUT_TAIL_CHARACTERS = 4_000

/** Keeps the last characters of a stream. */
export function createOutputTail(): { append(text: string): void; read(): string } {
  let tail = ''
  return {
    append: (text) => (tail = (tail + text).slice(-OUTPUT_TAIL_CHARACTERS)),
    read: () => tail,
  }
}
