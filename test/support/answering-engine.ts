/** @file An engine process that is none: it answers calls in this process from a table, and can die. It computes nothing. */
import type { EngineCallName, EngineCalls, EngineFailure, EngineMessage } from '../../src/main/engine/protocol.ts'
import type { EngineExit, EngineProcess, StartEngine } from '../../src/main/engine-host/index.ts'

export type EngineAnswers = { [Name in EngineCallName]?: (args: EngineCalls[Name]['request']) => EngineCalls[Name]['response'] }

/** Thrown by an answer: what the engine fails with. */
export class Refusal extends Error {
  readonly failure: EngineFailure
  constructor(failure: EngineFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Thrown by an answer: the process ends instead. */
export class Death extends Error {
  readonly exit: EngineExit = { exitCode: null, signal: 'SIGSEGV', outputTail: '' }
}

/** Starts such processes; `calls` hears of each call. */
export function answeringEngine(answers: EngineAnswers, calls: (name: EngineCallName, args: unknown) => void = () => undefined): StartEngine {
  return () => {
    let tell: (message: EngineMessage) => void = () => undefined
    let exit: (exit: EngineExit) => void = () => undefined
    queueMicrotask(() => tell({ kind: 'ready', pid: 1 }))
    const engine: EngineProcess = {
      onMessage: (listener) => (tell = listener),
      onExit: (listener) => (exit = listener),
      end: () => queueMicrotask(() => exit({ exitCode: null, signal: 'SIGKILL', outputTail: '' })),
      post(request) {
        if (!('arguments' in request)) return // a cancellation
        const { callId, call } = request
        calls(call, request.arguments)
        queueMicrotask(() => {
          try {
            // One table for all calls; the pairing of name and arguments is the request's own type.
            const result = (answers[call] as (args: unknown) => EngineCalls[EngineCallName]['response'])(request.arguments)
            tell({ kind: 'response', callId, result })
          } catch (error) {
            if (error instanceof Death) exit(error.exit)
            else tell({ kind: 'failure', callId, failure: error instanceof Refusal ? error.failure : { code: null, message: String(error), stack: null } })
          }
        })
      },
    }
    return engine
  }
}
