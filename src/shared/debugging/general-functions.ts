/** @file Functions of texts and numbers, which mean the same whatever an expression is evaluated over. They know no step. */
import { definedNumber } from './scope.ts'
import type { ExpressionFunction } from './vocabulary.ts'

const number = ['number'] as const
const text = ['text'] as const

/** In the order in which help lists them. */
export const generalFunctions = {
  contains: {
    signature: 'contains(text, part)',
    meaning: 'Whether a text holds a part',
    parameters: [text, text],
    type: 'boolean',
    answer: ([whole, part]) => String(whole).includes(String(part)),
  },
  length: { signature: 'length(text)', meaning: 'Characters of a text (UTF-16 units)', parameters: [text], type: 'number', answer: ([whole]) => String(whole).length },
  abs: { signature: 'abs(x)', meaning: 'x without its sign', parameters: [number], type: 'number', answer: numeric(Math.abs) },
  min: { signature: 'min(x, …)', meaning: 'The smallest', parameters: [number], isVariadic: true, type: 'number', answer: numeric(Math.min) },
  max: { signature: 'max(x, …)', meaning: 'The largest', parameters: [number], isVariadic: true, type: 'number', answer: numeric(Math.max) },
  exp: { signature: 'exp(x)', meaning: 'e to the power of x: the exp of a logprob is a probability', parameters: [number], type: 'number', answer: numeric(Math.exp) },
  log: { signature: 'log(x)', meaning: 'Natural logarithm of x', parameters: [number], type: 'number', answer: numeric(Math.log) },
  floor: { signature: 'floor(x)', meaning: 'The whole number at or below x', parameters: [number], type: 'number', answer: numeric(Math.floor) },
} as const satisfies Record<string, ExpressionFunction<unknown>>

function numeric(calculate: (...values: number[]) => number): ExpressionFunction<unknown>['answer'] {
  return (args) => definedNumber(calculate(...args.map(Number)))
}
