/** @file The types of expressions, and how a message names them. Every type but 'null' has null among its values. It does not know how a type is found. */

/** 'null' is the type of the word null alone. */
export type ExpressionType = 'number' | 'text' | 'boolean' | 'null'

const typeNames: Readonly<Record<ExpressionType, string>> = { number: 'a number', text: 'a text', boolean: 'true or false', null: 'null' }

/** "a number", "a text", "true or false", "null". */
export function nameOfType(type: ExpressionType): string {
  return typeNames[type]
}

/** Whether a value of the type may stand where one of `wanted` is expected; null may stand anywhere. */
export function fits(type: ExpressionType, wanted: readonly ExpressionType[]): boolean {
  return type === 'null' || wanted.includes(type)
}

/** What both have in common; null where nothing can be both. */
export function commonType(left: ExpressionType, right: ExpressionType): ExpressionType | null {
  if (left === 'null') return right
  return right === 'null' || left === right ? left : null
}
