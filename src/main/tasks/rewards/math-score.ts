/**
 * @file The reference's math score (its data/utils/math_utils.py, after EleutherAI's lm-evaluation-harness, hendrycks_math):
 * boxed answers are the same if their LaTeX is after a fixed list of rewrites. It does no algebra: 0.25 is not 1/4, 7.0 not 7.
 */
import { boxedAnswer } from './boxed-answer.ts'

/** 1 if the completion's first boxed answer equals the solution's last one, otherwise 0; 0 too where either has none. */
export function mathScore(completion: string, solution: string): 0 | 1 {
  const answer = boxedAnswer(completion, 'first')
  const expected = boxedAnswer(solution, 'last')
  return answer !== null && expected !== null && isMathEquivalent(answer, expected) ? 1 : 0
}

/** Whether two answers are the same after normalisation, or literally where either is LaTeX that cannot be normalised. */
export function isMathEquivalent(a: string, b: string): boolean {
  const left = normalizeAnswer(a)
  const right = normalizeAnswer(b)
  return left === null || right === null ? a === b : left === right
}

/** Texts that vanish or change wherever they stand; the order matters. */
const replacements: readonly (readonly [string, string])[] = [
  ['\n', ''],
  [String.raw`\!`, ''],
  ['\\\\', '\\'],
  ['tfrac', 'frac'],
  ['dfrac', 'frac'],
  [String.raw`\left`, ''],
  [String.raw`\right`, ''],
  [String.raw`^{\circ}`, ''],
  [String.raw`^\circ`, ''],
  [String.raw`\$`, ''],
]

/** null where the reference raises an exception: more than one unit, or a command at the end without its argument. */
export function normalizeAnswer(answer: string): string | null {
  const replaced = replacements.reduce((text, [from, to]) => text.replaceAll(from, to), answer)
  const unitless = removeUnit(replaced)
  if (unitless === null) return null
  const decimal = unitless.replaceAll(String.raw`\%`, '').replaceAll(' .', ' 0.').replaceAll('{.', '{0.')
  if (decimal === '') return ''
  const rooted = braceRoots(removeVariable(decimal.startsWith('.') ? `0${decimal}` : decimal))
  const fraction = rooted === null ? null : braceFractions(rooted.replaceAll(' ', ''))
  return fraction === null ? null : writeAsFraction(fraction)
}

/** `12 \text{ cm}` -> `12 `: a text that begins with a space is a unit. */
function removeUnit(text: string): string | null {
  const parts = text.split(String.raw`\text{ `)
  return parts.length <= 2 ? parts[0]! : null
}

/** `k = 12` -> ` 12`, where the name has at most two characters, spaces included. */
function removeVariable(text: string): string {
  const [name, value, ...more] = text.split('=')
  return value !== undefined && more.length === 0 && [...name!].length <= 2 ? value : text
}

/** `\sqrt2` -> `\sqrt{2}`. */
function braceRoots(text: string): string | null {
  const [head, ...parts] = text.split(String.raw`\sqrt`)
  let result = head!
  for (const part of parts) {
    const [radicand, ...rest] = part
    if (radicand === undefined) return null
    result += String.raw`\sqrt` + (radicand === '{' ? part : `{${radicand}}${rest.join('')}`)
  }
  return result
}

/** `\frac12` -> `\frac{1}{2}` and `\frac1{72}` -> `\frac{1}{72}`; one `\frac` with a single character leaves the whole text as it is. */
function braceFractions(text: string): string | null {
  const [head, ...parts] = text.split(String.raw`\frac`)
  let result = head!
  for (const part of parts) {
    const [numerator, denominator, ...rest] = part
    if (numerator === undefined) return null
    if (numerator !== '{' && denominator === undefined) return text
    const bracedDenominator = denominator === '{' ? '{' : `{${denominator ?? ''}}`
    result += String.raw`\frac` + (numerator === '{' ? part : `{${numerator}}${bracedDenominator}${rest.join('')}`)
  }
  return result
}

/** `0.5` and `a/b` of two integers as Python prints them (no plus, no leading zeros) become `\frac`. */
function writeAsFraction(text: string): string {
  if (text === '0.5') return String.raw`\frac{1}{2}`
  const integers = /^(0|-?[1-9]\d*)\/(0|-?[1-9]\d*)$/.exec(text)
  return integers === null ? text : String.raw`\frac{${integers[1]!}}{${integers[2]!}}`
}
