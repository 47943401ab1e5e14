/** @file Every function of the expression language: its arguments, what it means, and how it answers. It does not know the grammar. */
import { definedNumber, rankInTopK, type ExpressionScope, type Need } from './scope.ts'
import type { ExpressionValue } from './syntax-tree.ts'
import type { ExpressionType } from './types.ts'

type ValueType = Exclude<ExpressionType, 'null'>

export interface ExpressionFunction {
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
  answer: (args: readonly Exclude<ExpressionValue, null>[], scope: ExpressionScope) => ExpressionValue
}

const number = ['number'] as const
const text = ['text'] as const
const token = ['text', 'number'] as const

/** In the order in which help lists them. */
export const functions: ReadonlyMap<string, ExpressionFunction> = new Map<string, ExpressionFunction>(
  Object.entries({
    rank: {
      signature: 'rank(token)',
      meaning: 'Place of a token (its text or id) among the likeliest, from 1; null beyond what is recorded',
      parameters: [token],
      type: 'number',
      needs: 'topK',
      answer: ([wanted], { step }) => rankInTopK(step.topK, wanted as string | number),
    },
    prob: {
      signature: 'prob(token)',
      meaning: 'Probability of a token (its text or id) from 0 to 1; null beyond what is recorded',
      parameters: [token],
      type: 'number',
      needs: 'topK',
      answer: ([wanted], scope) => probabilityOf(wanted as string | number, scope),
    },
    endsWith: {
      signature: 'endsWith(text, …)',
      meaning: 'Whether the generated text ends with one of the texts, across tokens',
      parameters: [text],
      isVariadic: true,
      type: 'boolean',
      answer: (endings, { generatedText }) => endings.some((ending) => generatedText.endsWith(String(ending))),
    },
    contains: {
      signature: 'contains(text, part)',
      meaning: 'Whether a text such as token holds a part',
      parameters: [text, text],
      type: 'boolean',
      answer: ([whole, part]) => String(whole).includes(String(part)),
    },
    length: { signature: 'length(text)', meaning: 'Characters of a text (UTF-16 units)', parameters: [text], type: 'number', answer: ([whole]) => String(whole).length },
    abs: { signature: 'abs(x)', meaning: 'x without its sign', parameters: [number], type: 'number', answer: numeric(Math.abs) },
    min: { signature: 'min(x, …)', meaning: 'The smallest', parameters: [number], isVariadic: true, type: 'number', answer: numeric(Math.min) },
    max: { signature: 'max(x, …)', meaning: 'The largest', parameters: [number], isVariadic: true, type: 'number', answer: numeric(Math.max) },
    exp: { signature: 'exp(x)', meaning: 'e to the power of x: exp(logprob) is a probability', parameters: [number], type: 'number', answer: numeric(Math.exp) },
    log: { signature: 'log(x)', meaning: 'Natural logarithm of x', parameters: [number], type: 'number', answer: numeric(Math.log) },
    floor: { signature: 'floor(x)', meaning: 'The whole number at or below x', parameters: [number], type: 'number', answer: numeric(Math.floor) },
  } satisfies Record<string, ExpressionFunction>),
)

function numeric(calculate: (...values: number[]) => number): ExpressionFunction['answer'] {
  return (args) => definedNumber(calculate(...args.map(Number)))
}

/** The chosen token's probability is recorded even where it is not among the likeliest. */
function probabilityOf(wanted: string | number, { step }: ExpressionScope): number | null {
  const rank = rankInTopK(step.topK, wanted)
  const recorded = rank === null ? undefined : step.topK?.[rank - 1]
  if (recorded !== undefined) return definedNumber(Math.exp(recorded.logprob))
  const isChosen = typeof wanted === 'string' ? wanted !== '' && wanted === step.text : wanted === step.tokenId
  return isChosen ? definedNumber(Math.exp(step.logprob)) : null
}
