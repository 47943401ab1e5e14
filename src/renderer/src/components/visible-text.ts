/**
 * @file Makes every character of a token's text visible: white space as symbols, and what would hide, reorder or
 * control text (bidi marks, zero-width characters, controls, lone surrogates) as its code point. It does not know where
 * the text is shown.
 */

export interface TextPart {
  text: string
  /** 'symbol' stands for a character that has no shape of its own. */
  kind: 'text' | 'symbol'
}

const whitespaceSymbols: Readonly<Record<string, string>> = { ' ': '·', '\n': '⏎', '\r': '␍', '\t': '⇥', '\u00a0': '⍽', '\u3000': '□' }

/** Soft hyphen, combining grapheme joiner, bidi controls, zero-width, invisible operators, variation selectors, tags, surrogates, private controls. */
const hiddenCharacter =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\ud800-\udfff]/u

/** East Asian wide ranges and emoji, coarsely: enough to reserve two columns for them. */
const wideCharacter = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** A special token is written as its text, but it is one id and not the characters it looks like. */
const specialToken = /^<\|[^|]+\|>$|^<\/?[a-z_]+>$/

/** A vocabulary may hold a token of a megabyte; real ones (runs of spaces, mostly) stay below this. In UTF-16 units. */
export const LONGEST_SHOWN = 256

/** Shown for a token that adds no text (part of a character that a later token completes). */
export const EMPTY_SYMBOL = '∅'

export function visibleParts(text: string): TextPart[] {
  if (text === '') return [{ text: EMPTY_SYMBOL, kind: 'symbol' }]
  const parts: TextPart[] = []
  const { shown, hiddenCount } = shortened(text)
  for (const character of shown) {
    const symbol = whitespaceSymbols[character] ?? (hiddenCharacter.test(character) ? codePointName(character) : null)
    const kind = symbol === null ? 'text' : 'symbol'
    const last = parts.at(-1)
    if (last?.kind === kind) last.text += symbol ?? character
    else parts.push({ text: symbol ?? character, kind })
  }
  if (hiddenCount > 0) parts.push({ text: moreOf(hiddenCount), kind: 'symbol' })
  return parts
}

const spacesOfSymbols: ReadonlyMap<string, string> = new Map(Object.entries(whitespaceSymbols).map(([space, symbol]) => [symbol, space]))

/** White space again for the symbols of a part; what would hide or reorder text stays spelled out. */
export function spacesOf(symbols: string): string {
  return Array.from(symbols, (symbol) => spacesOfSymbols.get(symbol) ?? symbol).join('')
}

/** The parts as one string, for lists and labels. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => part.text)
    .join('')
}

/** For lists of running text: spaces stay spaces, everything else that hides is shown. */
export function visibleLine(text: string): string {
  return text
    .split(' ')
    .map((word) => (word === '' ? '' : visibleText(word)))
    .join(' ')
}

export function isSpecialToken(text: string): boolean {
  return specialToken.test(text)
}

/** Columns of a monospaced font that the parts take. */
export function columnsOf(parts: readonly TextPart[]): number {
  let columns = 0
  for (const part of parts) for (const character of part.text) columns += wideCharacter.test(character) ? 2 : 1
  return columns
}

/** `"a\n"` with every hidden character as an escape. */
export function escapedText(text: string): string {
  const { shown, hiddenCount } = shortened(text)
  return `"${[...shown].map(escapeCharacter).join('')}"${hiddenCount > 0 ? moreOf(hiddenCount) : ''}`
}

/** UTF-8 bytes in hexadecimal, `e2 82 ac`. */
export function utf8Hex(text: string): string {
  const { shown, hiddenCount } = shortened(text)
  const bytes = Array.from(new TextEncoder().encode(shown), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return hiddenCount > 0 ? `${bytes} ${moreOf(hiddenCount)}` : bytes
}

/** What of a text is shown; never half of a surrogate pair. */
function shortened(text: string): { shown: string; hiddenCount: number } {
  if (text.length <= LONGEST_SHOWN) return { shown: text, hiddenCount: 0 }
  const isInsidePair = /[\ud800-\udbff]/.test(text.charAt(LONGEST_SHOWN - 1)) && /[\udc00-\udfff]/.test(text.charAt(LONGEST_SHOWN))
  const end = isInsidePair ? LONGEST_SHOWN - 1 : LONGEST_SHOWN
  return { shown: text.slice(0, end), hiddenCount: text.length - end }
}

function moreOf(hiddenCount: number): string {
  return `… ${hiddenCount.toLocaleString('en')} more`
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

function escapeCharacter(character: string): string {
  return escapes[character] ?? (hiddenCharacter.test(character) ? `\\u{${codePointHex(character)}}` : character)
}

function codePointName(character: string): string {
  return `⟨U+${codePointHex(character).toUpperCase().padStart(4, '0')}⟩`
}

function codePointHex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
