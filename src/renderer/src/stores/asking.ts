/** @file A long question: how far it is, what went wrong, and a new one takes the place of one under way. It does not know what is asked. */
import { reactive } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'

export interface AskingState {
  isAsking: boolean
  /** 0 to 1; null where it is not told. */
  fraction: number | null
  failure: Failure | null
}

export interface Asking {
  readonly state: AskingState
  /** Resolves when it has ended, however that was. */
  ask(question: (signal: AbortSignal, onProgress: (fraction: number) => void) => Promise<void>): Promise<void>
  stop(): void
}

export function createAsking(): Asking {
  const state = reactive<AskingState>({ isAsking: false, fraction: null, failure: null })
  let controller = new AbortController()

  function stop(): void {
    controller.abort()
    state.isAsking = false
  }

  return {
    state,
    stop,
    async ask(question) {
      stop()
      controller = new AbortController()
      const { signal } = controller
      Object.assign(state, { isAsking: true, fraction: null, failure: null })
      try {
        await question(signal, (fraction) => {
          if (!signal.aborted) state.fraction = fraction
        })
      } catch (error) {
        if (!signal.aborted) state.failure = describeFailure(error)
      } finally {
        if (!signal.aborted) state.isAsking = false
      }
    },
  }
}
