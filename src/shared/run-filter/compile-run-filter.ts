/** @file From a filter's source to a question about a run. It does not know how a filter is typed. */
import { compileCondition } from '../debugging/index.ts'
import { runVocabulary, type RunScope } from './run-vocabulary.ts'

export type RunPredicate = (scope: RunScope) => boolean

/**
 * An empty filter is none: null.
 * @throws ExpressionError with the place of what is wrong
 */
export function compileRunFilter(source: string): RunPredicate | null {
  if (source.trim() === '') return null
  const compiled = compileCondition(source, runVocabulary)
  return (scope) => compiled.evaluate(scope) === true
}
