/** @file Python's notion of white space and words, which the reference's parsing leans on and JavaScript's differs from. Knows no reward. */

/**
 * What `str.isspace()` and `\s` of Python's re accept, as the inside of a character class. JavaScript's `\s` lacks
 * U+001C to U+001F and U+0085, and has U+FEFF besides.
 */
export const whiteSpace = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`

/** One character of Python's `\w`; to be used with the flag `u`. */
export const wordCharacter = String.raw`[\p{L}\p{N}_]`

/** Start of a line as Python's re.MULTILINE has it: only a line feed ends a line, where JavaScript's `^` takes others too. */
export const lineStart = String.raw`(?<![^\n])`

/** End of a line, see {@link lineStart}. */
export const lineEnd = String.raw`(?![^\n])`

const isWhiteSpace = new RegExp(`^[${whiteSpace}]$`, 'u')

/** `str.strip()`. */
export function strip(text: string): string {
  let start = 0
  let end = text.length
  // A loop and not a pattern: `\s+$` takes quadratic time on a model that writes nothing but spaces.
  while (start < end && isWhiteSpace.test(text[start]!)) start++
  while (end > start && isWhiteSpace.test(text[end - 1]!)) end--
  return text.slice(start, end)
}
