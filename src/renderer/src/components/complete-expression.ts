/** @file Which names can go on what is typed in an expression. It does not know keys or lists on screen. */
import type { ExpressionName } from '../../../shared/debugging/index.ts'

export interface Completion {
  /** The typed part of a name that a choice replaces: half-open, in UTF-16 units. */
  from: number
  to: number
  names: readonly ExpressionName[]
}

const typedName = /[A-Za-z_][\w.]*$/
/** An opened text reaches to the end of what stands before the cursor. */
const openText = /^(?:[^"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*["'](?:[^"'\\]|\\.)*$/

/**
 * Names that begin with the word before the cursor, then those that hold it; none inside a text or where the only one is written out.
 * @param known in the order in which they are offered
 * @param isAsked offers every name where no word is begun
 */
export function completeExpression(known: readonly ExpressionName[], source: string, cursor: number, isAsked: boolean): Completion {
  const before = source.slice(0, cursor)
  const word = typedName.exec(before)?.[0] ?? ''
  const from = cursor - word.length
  if (openText.test(before) || (word === '' && !isAsked)) return { from, to: cursor, names: [] }
  const wanted = word.toLowerCase()
  const rankOf = ({ name }: ExpressionName): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1)
  const names = known.filter(({ name }) => name.toLowerCase().includes(wanted)).toSorted((a, b) => rankOf(a) - rankOf(b))
  const isWrittenOut = !isAsked && names.length === 1 && names[0]?.name === word
  return { from, to: cursor, names: isWrittenOut ? [] : names }
}

/** The source with the name in place of the typed part, and where the cursor goes: into a function's parentheses. */
export function withCompletion(source: string, { from, to }: Completion, { name, kind }: ExpressionName): { source: string; cursor: number } {
  const isCall = kind === 'function'
  const after = source.slice(to)
  const inserted = isCall && !after.startsWith('(') ? `${name}(` : name
  return { source: source.slice(0, from) + inserted + after, cursor: from + inserted.length }
}
