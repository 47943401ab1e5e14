/** @file The names of a vocabulary as data, for completion and help. It does not know what they mean at a step. */
import { stepVocabulary } from './step-vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface ExpressionName {
  name: string
  /** The name, or the call with its arguments. */
  signature: string
  meaning: string
  kind: 'variable' | 'function'
}

/** Variables first, each in the order in which they are best read. */
export function namesOf({ variables, functions }: Vocabulary<never>): readonly ExpressionName[] {
  return [
    ...Array.from(variables, ([name, { meaning }]) => ({ name, signature: name, meaning, kind: 'variable' as const })),
    ...Array.from(functions, ([name, { signature, meaning }]) => ({ name, signature, meaning, kind: 'function' as const })),
  ]
}

/** The debugger's. */
export const expressionNames: readonly ExpressionName[] = namesOf(stepVocabulary)
