/** @file What each binary operator takes and gives. It does not know the grammar, nor the two operators that may leave their right side unread. */
import { definedNumber } from './scope.ts'
import type { BinaryOperator } from './syntax-tree.ts'
import type { ExpressionType } from './types.ts'

/** `&&` and `||` are evaluated where they stand: their right side may not be reached. */
export type EagerOperator = Exclude<BinaryOperator, '&&' | '||' | '==' | '!='>

export interface OperatorRule {
  type: Exclude<ExpressionType, 'null'>
  /** With a null on either side: false for a comparison, null for a calculation. */
  withNull: false | null
  apply: (left: number, right: number) => number | boolean | null
}

export const operatorRules: Readonly<Record<EagerOperator, OperatorRule>> = {
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '+': calculation((left, right) => left + right),
  '-': calculation((left, right) => left - right),
  '*': calculation((left, right) => left * right),
  '/': calculation((left, right) => left / right),
  '%': calculation((left, right) => left % right),
}

function comparison(apply: (left: number, right: number) => boolean): OperatorRule {
  return { type: 'boolean', withNull: false, apply }
}

function calculation(apply: (left: number, right: number) => number): OperatorRule {
  return { type: 'number', withNull: null, apply: (left, right) => definedNumber(apply(left, right)) }
}
