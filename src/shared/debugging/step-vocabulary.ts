/** @file The names of the debugger's expressions, which are evaluated over one step. It does not know how an expression is read. */
import { functions } from './functions.ts'
import type { ExpressionScope } from './scope.ts'
import { variables } from './variables.ts'
import type { Vocabulary } from './vocabulary.ts'

export const stepVocabulary: Vocabulary<ExpressionScope> = { variables, functions }
