/** @file The names of the expression language as data, for completion and help. */
import { functions } from './functions.ts'
import { variables } from './variables.ts'

export interface ExpressionName {
  name: string
  /** The name, or the call with its arguments. */
  signature: string
  meaning: string
  kind: 'variable' | 'function'
}

/** Variables first, each in the order in which they are best read. */
export const expressionNames: readonly ExpressionName[] = [
  ...Array.from(variables, ([name, { meaning }]) => ({ name, signature: name, meaning, kind: 'variable' as const })),
  ...Array.from(functions, ([name, { signature, meaning }]) => ({ name, signature, meaning, kind: 'function' as const })),
]
