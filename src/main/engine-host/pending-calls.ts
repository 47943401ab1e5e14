/** @file The calls that wait for an answer, and what is told to them meanwhile. It does not know the process that answers. */
import type { EngineCallName, EngineCalls, EngineMessage, EngineRequest } from '../engine/protocol.ts'
import type { Completion } from '../../shared/domain/completion.ts'
import type { TrainingEvent } from '../../shared/domain/training-event.ts'

export interface CallOptions {
  /** Stops waiting at once, and tells the engine to stop; it can between two runs of ONNX Runtime, which knows no cancellation. */
  signal?: AbortSignal | undefined
  onProgress?: (stage: string, fraction: number) => void
  /** For the call `complete`. */
  onCompletion?: (completion: Completion) => void
  /** For the call `train`: in order, and none after the call has settled. */
  onTrainingEvent?: (event: TrainingEvent) => void
  /** For the calls `train` and `steps`: aborts with a HaltReason to let it save its state, or take its last step, and end. The call goes on until it has. */
  halt?: AbortSignal
}

export type EngineMessageResult = EngineCalls[EngineCallName]['response']

export interface PendingCall {
  readonly request: EngineRequest
  readonly options: CallOptions
  resolve(result: EngineMessageResult): void
  reject(error: Error): void
  /** Whether a process has it. */
  isSent: boolean
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>()

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  /** Whether a process has one of them. */
  get isAnySent(): boolean {
    return this.unsettled().some(({ isSent }) => isSent)
  }

  add(call: PendingCall): void {
    this.#calls.set(call.request.callId, call)
  }

  /** Those that wait, oldest first. */
  unsettled(): PendingCall[] {
    return [...this.#calls.values()]
  }

  isSent(callId: number): boolean {
    return this.#calls.get(callId)?.isSent === true
  }

  remove(callId: number): PendingCall | undefined {
    const call = this.#calls.get(callId)
    this.#calls.delete(callId)
    return call
  }

  /** Removes those that a process has, or all. */
  take({ isSentOnly }: { isSentOnly: boolean }): PendingCall[] {
    const taken = this.unsettled().filter(({ isSent }) => isSent || !isSentOnly)
    for (const { request } of taken) this.#calls.delete(request.callId)
    return taken
  }

  /** Nobody waits any more for an answer that was given up. */
  tell(message: Extract<EngineMessage, { kind: 'progress' | 'completion' | 'training' }>): void {
    const options = this.#calls.get(message.callId)?.options
    switch (message.kind) {
      case 'progress':
        return options?.onProgress?.(message.stage, message.fraction)
      case 'completion':
        return options?.onCompletion?.(message.completion)
      case 'training':
        return options?.onTrainingEvent?.(message.event)
      default:
        message satisfies never
    }
  }
}
