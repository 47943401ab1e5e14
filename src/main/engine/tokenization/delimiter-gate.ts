/**
 * @file Which positions are candidates for an insertion: those after a delimiter. Knows neither insertion limits nor triggers.
 * Both gates are pure functions of the ids so far, so rewinding and forking need nothing from them.
 */
import type { Tokenizer } from './tokenizer.ts'

export interface GateVerdict {
  readonly candidate: boolean
  /** What made it a candidate, for people; null if nothing did. */
  readonly reason: string | null
  /** The delimiter itself; null also where it was none that made it a candidate. */
  readonly delimiter: string | null
}

/** Judges the ids of prompt and generated tokens so far, latents not counted. Looks at the end of the list only. */
export type DelimiterGate = (ids: readonly number[]) => GateVerdict

const NO_CANDIDATE: GateVerdict = { candidate: false, reason: null, delimiter: null }

/** Tokens decoded at first; more are taken until their text is long enough. */
const FIRST_WINDOW = 8

/**
 * Code units at the start of a window that may read differently than in the whole text: up to three replaced bytes of a character
 * cut by the window, or a leading space that some decoders strip.
 */
const UNSURE_LENGTH = 4

/**
 * The reference's gate: does the text, special tokens kept, end in a delimiter (docs/REFERENCE.md 2.1)? Tokens without text
 * keep the previous ending in force. Equal to decoding everything, at the cost of a few tokens.
 * @param delimiters non-empty texts; the first that matches is named
 */
export function textGate(tokenizer: Tokenizer, delimiters: readonly string[]): DelimiterGate {
  const isWindowEnough = !tokenizer.cleansUpSpaces || delimiters.every(survivesCleanUp)
  const neededLength = isWindowEnough ? Math.max(0, ...delimiters.map((delimiter) => delimiter.length)) + UNSURE_LENGTH : Infinity
  const isLastCharacterEnough = isWindowEnough && delimiters.every(({ length }) => length === 1)
  const ownLastCharacter = lastCharacters(tokenizer)
  const verdicts = delimiters.map((delimiter) => ({ candidate: true, reason: `ends with ${JSON.stringify(delimiter)}`, delimiter }))
  return (ids) => {
    const ending = (isLastCharacterEnough ? lastCharacterOf(ids, ownLastCharacter) : null) ?? decodeEnding(tokenizer, ids, neededLength)
    return verdicts.find(({ delimiter }) => ending.endsWith(delimiter)) ?? NO_CANDIDATE
  }
}

/** The gate of checkpoints that list delimiter tokens: is the last token one of them? The delimiter is the token's text. */
export function tokenIdGate(delimiterIds: ReadonlySet<number>, tokenizer: Pick<Tokenizer, 'tokenText'>): DelimiterGate {
  return (ids) => {
    const last = ids.at(-1)
    if (last === undefined || !delimiterIds.has(last)) return NO_CANDIDATE
    return { candidate: true, reason: `token ${last} is a delimiter`, delimiter: tokenizer.tokenText(last) }
  }
}

/** Ids of all tokens whose own text ends in a delimiter, ascending. */
export function delimiterTokenIds(tokenizer: Tokenizer, delimiters: readonly string[]): number[] {
  return tokenizer.tokenIds().filter((id) => {
    const text = tokenizer.decode([id])
    return delimiters.some((delimiter) => text.endsWith(delimiter))
  })
}

/**
 * Clean-up only removes spaces, and the last one of a text only after an apostrophe; so whether a text ends in any other
 * single character does not depend on it.
 */
function survivesCleanUp(delimiter: string): boolean {
  return delimiter.length === 1 && delimiter !== ' ' && delimiter !== "'"
}

/** By token id the last character of the token's own text; null where it has none or is not made of whole characters. */
function lastCharacters(tokenizer: Tokenizer): (id: number) => string | null {
  const known = new Map<number, string | null>()
  return (id) => {
    let character = known.get(id)
    if (character === undefined) {
      const text = tokenizer.decode([id], { cleanUpTokenizationSpaces: false })
      character = text.includes('\uFFFD') ? null : (text.at(-1) ?? null)
      known.set(id, character)
    }
    return character
  }
}

/** What the whole text ends with, where the last two tokens are whole characters each: no bytes then join into others. */
function lastCharacterOf(ids: readonly number[], ownLastCharacter: (id: number) => string | null): string | null {
  const [last, previous] = [ids.at(-1), ids.at(-2)]
  if (last === undefined || (previous !== undefined && ownLastCharacter(previous) === null)) return null
  return ownLastCharacter(last)
}

function decodeEnding(tokenizer: Tokenizer, ids: readonly number[], neededLength: number): string {
  for (let windowLength = FIRST_WINDOW; windowLength < ids.length; windowLength *= 2) {
    if (neededLength === Infinity) break
    const text = tokenizer.decode(ids.slice(-windowLength))
    if (text.length >= neededLength) return text
  }
  return tokenizer.decode(ids)
}
