/** @file Any failure as one line for a terminal: what, where, and which tensor or field. It does not decide exit codes. */
import { messageOf } from '../../shared/message-of.ts'
import { describeShortage } from '../devices/index.ts'
import { EngineCallError } from '../engine-host/index.ts'

export function describeError(error: unknown): string {
  return oneLine(error instanceof EngineCallError ? describeFailure(error) : messageOf(error))
}

/** The file, tensor and field stand first where the message does not name them already. */
function describeFailure({ failure }: EngineCallError): string {
  switch (failure.code) {
    case 'CHECKPOINT_INVALID': {
      const places = [
        { word: failure.path, shown: failure.path },
        { word: failure.tensorName, shown: `tensor ${failure.tensorName}` },
        { word: failure.field, shown: `field ${failure.field}` },
      ]
      const missing = places.filter(({ word }) => word !== null && !failure.message.includes(word)).map(({ shown }) => shown)
      return [...missing, failure.message].join(': ')
    }
    case 'DEVICE_UNAVAILABLE':
      return `${failure.message}; --device cpu works on every machine`
    case 'MEMORY_INSUFFICIENT':
      return `The model was not loaded. ${describeShortage(failure)} Close other programs, or try --precision q8 or q4, which take a quarter and less`
    case 'PROMPT_REJECTED':
    case 'ROLLOUT_FAILED':
      return failure.message
    case null:
      return failure.message.startsWith('internal:') ? failure.message : `internal: ${failure.message}`
    default:
      return failure satisfies never
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
