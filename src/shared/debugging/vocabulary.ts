/** @file The names that expressions over one kind of thing may use. It does not know which things there are. */
import type { Need } from './scope.ts'
import type { ExpressionValue } from './syntax-tree.ts'
import type { ExpressionType } from './types.ts'

export type ValueType = Exclude<ExpressionType, 'null'>

export interface Variable<Scope> {
  type: ValueType
  /** One line, for completion and help. */
  meaning: string
  needs?: Need
  read: (scope: Scope) => ExpressionValue
}

export interface ExpressionFunction<Scope> {
  /** As help shows it: `rank(token)`. */
  signature: string
  /** One line, for completion and help. */
  meaning: string
  /** What each argument may be, in order; with `isVariadic` the last one may be repeated. */
  parameters: readonly (readonly ValueType[])[]
  isVariadic?: boolean
  type: ValueType
  needs?: Need
  /** Arguments have the declared types and are never null: a call with a null among them is null without asking. */
  answer: (args: readonly Exclude<ExpressionValue, null>[], scope: Scope) => ExpressionValue
}

/** Both in the order in which help lists them. */
export interface Vocabulary<Scope> {
  variables: ReadonlyMap<string, Variable<Scope>>
  functions: ReadonlyMap<string, ExpressionFunction<Scope>>
}
