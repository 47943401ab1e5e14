/**
 * @file The way into the debugger's expressions and breakpoints, which host and page evaluate alike. What expressions mean stands in
 * compile-expression.ts, what names there are in variables.ts and functions.ts. Other things than steps bring a vocabulary of their own.
 */
export { createBreakpointJudge, needsDetails, needsTwin, type BreakpointJudge, type Judgement } from './breakpoint-judge.ts'
export { compileCondition, compileExpression, evaluate, type CompiledExpression } from './compile-expression.ts'
export { ExpressionError, explainError, expressionError } from './expression-error.ts'
export { expressionNames, namesOf, type ExpressionName } from './expression-names.ts'
export { generalFunctions } from './general-functions.ts'
export { escapeText, MAX_SOURCE_LENGTH, unescapeText } from './lexemes.ts'
export type { EvaluatedStep, ExpressionScope } from './scope.ts'
export { stepVocabulary } from './step-vocabulary.ts'
export type { ExpressionValue } from './syntax-tree.ts'
export type { ExpressionFunction, Variable, Vocabulary } from './vocabulary.ts'
