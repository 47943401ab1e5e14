/**
 * @file A user's pattern run over a model's text. It does not compare what it finds.
 *
 * V8 backtracks, so a pattern such as `(a+)+$` can take years on a text of a few dozen letters. It runs in a context of its own whose
 * time is limited, which V8 keeps to inside a match too. What is not protected: memory, which a pattern can only use up slowly, and the
 * thread, which waits for as long as the limit with every text.
 */
import { createContext, Script } from 'node:vm'

const timeoutMs = 1000
const allowedFlags = /^[imsuv]*$/

/** The named or else the first group of the last match, or the whole of it. */
const script = new Script(`{
  const last = [...text.matchAll(new RegExp(pattern, flags))].at(-1)
  last === undefined ? null : (Object.values(last.groups ?? {}).find((group) => group !== undefined) ?? last[1] ?? last[0])
}`)

/** What the pattern finds in the text, null where it does not match. Raises Error where the pattern is none, or takes too long. */
export function regexAnswer(pattern: string, flags: string, text: string): string | null {
  checkPattern(pattern, flags)
  try {
    const found: unknown = script.runInContext(createContext({ text, pattern, flags: `${flags}g` }), { timeout: timeoutMs })
    return typeof found === 'string' ? found : null
  } catch (cause) {
    throw new Error(`the pattern took longer than ${timeoutMs} ms on this text; a group that repeats inside a repetition, such as (a+)+, often does`, { cause })
  }
}

/** Raises Error with the place where the pattern stops being one. */
export function checkPattern(pattern: string, flags: string): void {
  if (!allowedFlags.test(flags) || new Set(flags).size < flags.length) throw new Error(`expected flags out of i, m, s, u and v, each once, found ${JSON.stringify(flags)}`)
  const problem = problemOf(pattern, flags)
  if (problem === null) return
  // V8 does not say where: it is where the shortest beginning with the same problem ends.
  const length = [...pattern].findIndex((_letter, index) => problemOf(pattern.slice(0, index + 1), flags) === problem) + 1
  throw new Error(`expected a regular expression, found ${JSON.stringify(pattern)}: ${problem} at character ${length === 0 ? pattern.length : length}`)
}

function problemOf(pattern: string, flags: string): string | null {
  try {
    new RegExp(pattern, flags)
    return null
  } catch (error) {
    return error instanceof Error ? error.message.slice(error.message.lastIndexOf(': ') + 2) : String(error)
  }
}
