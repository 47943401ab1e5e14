/**
 * @file Finds the answer inside `\boxed{...}`, as the reference does (its data/utils/math_utils.py). It does not judge it.
 *
 * The reference also looks for `\fbox`, but then fails on every one it finds, so that such a text scores 0; here it simply
 * has no boxed answer.
 */

const command = String.raw`\boxed`

/**
 * The content of the first or last box, untrimmed; null where there is none or its braces do not close.
 *
 * `\boxed 7$`, TeX's form without braces, ends at the next dollar sign, and wins over every box with braces wherever it stands.
 */
export function boxedAnswer(text: string, which: 'first' | 'last'): string | null {
  const [, ...afterSpaced] = text.split(`${command} `)
  const spaced = which === 'first' ? afterSpaced[0] : afterSpaced.at(-1)
  if (spaced !== undefined) return spaced.split('$')[0]!
  const at = which === 'first' ? text.indexOf(command) : text.lastIndexOf(command)
  const open = at + command.length
  return at >= 0 && text[open] === '{' ? insideBraces(text, open) : null
}

/**
 * The content of the last `\boxed{…}`, untrimmed, for judges of our own: prose such as "in \boxed form" is a box only where no braces
 * follow a command anywhere; null as above.
 */
export function lastBox(text: string): string | null {
  const last = Array.from(text.matchAll(/\\boxed *\{/g)).at(-1)
  return last === undefined ? boxedAnswer(text, 'last') : insideBraces(text, last.index + last[0].length - 1)
}

/** What stands between the brace at `open` and the one that closes it. */
function insideBraces(text: string, open: number): string | null {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++
    if (text[i] === '}' && --depth === 0) return text.slice(open + 1, i)
  }
  return null
}
