/** @file What watched expressions are worth at steps, and why one has no value there. It does not know where steps come from. */
import { compileExpression, ExpressionError, type CompiledExpression, type ExpressionScope, type ExpressionValue } from '../../../shared/debugging/index.ts'

export type Watch = { source: string } & ({ kind: 'compiled'; compiled: CompiledExpression } | { kind: 'broken'; error: ExpressionError })

export function readWatch(source: string): Watch {
  try {
    return { source, kind: 'compiled', compiled: compileExpression(source) }
  } catch (error) {
    if (error instanceof ExpressionError) return { source, kind: 'broken', error }
    throw error
  }
}

/** 'pending': the step's details are on their way. 'absent' has a reason, as a phrase: a missing value is never shown as 0. */
export type WatchValue = { kind: 'value'; value: Exclude<ExpressionValue, null> } | { kind: 'absent'; reason: string } | { kind: 'pending' }

/** @param scope null where there is no current step */
export function watchValue(compiled: CompiledExpression, scope: ExpressionScope | null): WatchValue {
  if (scope === null) return { kind: 'absent', reason: 'no step yet' }
  if (needsMore(compiled, scope)) return { kind: 'pending' }
  const value = compiled.evaluate(scope)
  return value === null ? { kind: 'absent', reason: reasonOfAbsence(compiled, scope) } : { kind: 'value', value }
}

export interface WatchPoint {
  stepIndex: number
  /** null is a gap: not recorded there, beyond the recorded top k, or not fetched yet. */
  value: number | null
}

/** The values of a numeric expression over steps; true and false are 1 and 0. Texts have no curve: null. */
export function watchPoints(compiled: CompiledExpression, scopes: readonly ExpressionScope[]): readonly WatchPoint[] | null {
  if (compiled.type !== 'number' && compiled.type !== 'boolean') return null
  return scopes.map((scope) => {
    const value = needsMore(compiled, scope) ? null : compiled.evaluate(scope)
    return { stepIndex: scope.step.index, value: value === null || (typeof value === 'number' && !Number.isFinite(value)) ? null : Number(value) }
  })
}

function needsMore({ needs }: CompiledExpression, { step }: ExpressionScope): boolean {
  return (needs.has('topK') || needs.has('details')) && step.topK === undefined
}

function reasonOfAbsence({ needs }: CompiledExpression, { step }: ExpressionScope): string {
  if (needs.has('twin') && step.twin === null) return 'no twin ran here'
  if (needs.has('topK')) return step.topK === undefined || step.topK.length === 0 ? 'no likeliest tokens recorded' : `not in the top ${step.topK.length}`
  return 'not recorded here'
}
