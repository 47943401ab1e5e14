/** @file Cuts an expression's source into its smallest parts (lexemes: a token is the model's here). It does not know their grammar. */
import { ExpressionError, type SourceRange } from './expression-error.ts'

/** An expression is read by a person and evaluated at every token; a longer one is pasted by mistake. In UTF-16 units. */
export const MAX_SOURCE_LENGTH = 1000

export type OperatorSymbol = (typeof symbols)[number]

export type Lexeme =
  | { kind: 'number'; value: number; range: SourceRange }
  | { kind: 'text'; value: string; range: SourceRange }
  /** A name, or one of the words true, false and null. */
  | { kind: 'word'; word: string; range: SourceRange }
  | { kind: 'symbol'; symbol: OperatorSymbol; range: SourceRange }
  | { kind: 'end'; range: SourceRange }

/** Longer ones first: `<=` is not `<` and `=`. */
const symbols = ['&&', '||', '==', '!=', '<=', '>=', '<', '>', '!', '+', '-', '*', '/', '%', '?', ':', '(', ')', ',', '.'] as const

const numberPattern = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y
const wordPattern = /[A-Za-z_]\w*/y
const spacePattern = /\s+/y
/** What JavaScript or Python would have, said with this language's own. */
const foreignSymbols: Readonly<Record<string, string>> = { '=': 'Two values are compared with ==', '&': 'Both of two conditions is &&', '|': 'Either of two conditions is ||' }

/**
 * The lexemes in order, an 'end' last.
 * @throws ExpressionError at a character, number or string that is none
 */
export function readLexemes(source: string): Lexeme[] {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new ExpressionError(`An expression has at most ${MAX_SOURCE_LENGTH} characters; this has ${source.length}`, source, { start: MAX_SOURCE_LENGTH, end: source.length })
  }
  const lexemes: Lexeme[] = []
  for (let start = skipSpace(source, 0); start < source.length; start = skipSpace(source, lexemes.at(-1)?.range.end ?? source.length)) {
    lexemes.push(lexemeAt(source, start))
  }
  return [...lexemes, { kind: 'end', range: { start: source.length, end: source.length } }]
}

function lexemeAt(source: string, start: number): Lexeme {
  const character = source.charAt(start)
  if (character === '"' || character === "'") return textAt(source, start, character)
  const number = matchAt(numberPattern, source, start)
  if (number !== null) return numberAt(source, start, number)
  const word = matchAt(wordPattern, source, start)
  if (word !== null) return { kind: 'word', word, range: { start, end: start + word.length } }
  const symbol = symbols.find((candidate) => source.startsWith(candidate, start))
  if (symbol !== undefined) return { kind: 'symbol', symbol, range: { start, end: start + symbol.length } }
  const found = String.fromCodePoint(source.codePointAt(start) ?? 0)
  throw new ExpressionError(foreignSymbols[found] ?? `Here ${found} means nothing; a text stands between quotes`, source, { start, end: start + found.length })
}

function numberAt(source: string, start: number, digits: string): Lexeme {
  const range = { start, end: start + digits.length }
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new ExpressionError(`${digits} is too large for a number`, source, range)
  if (matchAt(wordPattern, source, range.end) !== null) throw new ExpressionError('After a number an operator is expected', source, { start: range.end, end: range.end + 1 })
  return { kind: 'number', value, range }
}

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', "'": "'" }
const codePointEscape = /u(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/y
const LAST_CODE_POINT = 0x10ffff

function textAt(source: string, start: number, quote: string): Lexeme {
  let value = ''
  for (let at = start + 1; at < source.length && source.charAt(at) !== '\n'; ) {
    const character = source.charAt(at)
    if (character === quote) return { kind: 'text', value, range: { start, end: at + 1 } }
    const part = character === '\\' ? escapeAt(source, at) : { text: character, length: 1 }
    value += part.text
    at += part.length
  }
  throw new ExpressionError(`The text that begins here is not closed with ${quote}`, source, { start, end: start + 1 })
}

function escapeAt(source: string, start: number): { text: string; length: number } {
  const letter = source.charAt(start + 1)
  const simple = simpleEscapes[letter]
  if (simple !== undefined) return { text: simple, length: 2 }
  codePointEscape.lastIndex = start + 1
  const match = codePointEscape.exec(source)
  const codePoint = Number.parseInt(match?.[1] ?? match?.[2] ?? '', 16)
  if (match === null || codePoint > LAST_CODE_POINT) {
    throw new ExpressionError('After \\ one of n r t \\ " \' u is expected, as in "\\n" or "\\u{20ac}"', source, { start, end: Math.min(start + 2, source.length) })
  }
  return { text: String.fromCodePoint(codePoint), length: 1 + match[0].length }
}

/**
 * A text as it is typed without quotes, its escapes read.
 * @throws ExpressionError at an escape that is none
 */
export function unescapeText(typed: string): string {
  let text = ''
  for (let at = 0; at < typed.length; ) {
    const part = typed.charAt(at) === '\\' ? escapeAt(typed, at) : { text: typed.charAt(at), length: 1 }
    text += part.text
    at += part.length
  }
  return text
}

/** What `unescapeText` reads as this text, on one line. */
export function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
}

function skipSpace(source: string, at: number): number {
  return at + (matchAt(spacePattern, source, at)?.length ?? 0)
}

function matchAt(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? null
}
