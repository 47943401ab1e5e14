/** @file Errors of the engine as the plain data that crosses to the host. It raises none. */
import { CheckpointFormatError } from './checkpoint/index.ts'
import { MemoryInsufficientError } from './memgen/memory-need.ts'
import { PromptRejectedError } from './memgen/resolved-run.ts'
import type { EngineFailure } from './protocol.ts'
import { DeviceUnavailableError } from './runtime/graph-session.ts'
import { TokenizerError } from './tokenization/tokenizer-error.ts'

/** The generation itself failed at a step; what was logged before it stays. */
export class RolloutFailedError extends Error {
  override readonly name = 'RolloutFailedError'
}

/** What the host is told of any error; one that nobody declared goes with its stack. */
export function describeFailure(error: unknown): EngineFailure {
  if (error instanceof CheckpointFormatError) {
    return { code: 'CHECKPOINT_INVALID', message: error.message, path: error.path, tensorName: error.tensorName ?? null, field: error.field ?? null }
  }
  if (error instanceof TokenizerError) return { code: 'CHECKPOINT_INVALID', message: error.message, path: error.path, tensorName: null, field: null }
  if (error instanceof PromptRejectedError) {
    return { code: 'PROMPT_REJECTED', message: error.message, promptLength: error.promptLength, limit: error.limit }
  }
  if (error instanceof DeviceUnavailableError) return { code: 'DEVICE_UNAVAILABLE', message: error.message, device: error.device, reason: error.reason }
  if (error instanceof MemoryInsufficientError) {
    const { message, device, neededBytes, availableBytes } = error
    return { code: 'MEMORY_INSUFFICIENT', message, device, neededBytes, availableBytes }
  }
  if (error instanceof RolloutFailedError) return { code: 'ROLLOUT_FAILED', message: error.message }
  if (error instanceof Error) return { code: null, message: error.message, stack: error.stack ?? null }
  return { code: null, message: String(error), stack: null }
}
