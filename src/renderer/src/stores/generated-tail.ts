/** @file The end of what was generated up to a step, as expressions see it. */
import { MAX_SOURCE_LENGTH } from '../../../shared/debugging/index.ts'

/**
 * The text of the steps up to `stepIndex`, that one included.
 * @param length characters at least, where there are as many. @default as far back as an expression can ask
 */
export function generatedTail(steps: readonly { readonly text: string }[], stepIndex: number, length = MAX_SOURCE_LENGTH): string {
  let tail = ''
  for (let index = stepIndex; index >= 0 && tail.length < length; index -= 1) tail = (steps[index]?.text ?? '') + tail
  return tail
}
