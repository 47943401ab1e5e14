/** @file Every function of the expression language over a step: its arguments, what it means, and how it answers. It does not know the grammar. */
import { generalFunctions } from './general-functions.ts'
import { definedNumber, rankInTopK, type ExpressionScope } from './scope.ts'
import type { ExpressionFunction } from './vocabulary.ts'

const text = ['text'] as const
const token = ['text', 'number'] as const

/** In the order in which help lists them. */
export const functions: ReadonlyMap<string, ExpressionFunction<ExpressionScope>> = new Map<string, ExpressionFunction<ExpressionScope>>(
  Object.entries({
    rank: {
      signature: 'rank(token)',
      meaning: 'Place of a token (its text or id) among the likeliest, from 1; null beyond what is recorded',
      parameters: [token],
      type: 'number',
      needs: 'topK',
      answer: ([wanted], { step }) => rankInTopK(step.topK, wanted as string | number), // `parameters` were checked
    },
    prob: {
      signature: 'prob(token)',
      meaning: 'Probability of a token (its text or id) from 0 to 1; null beyond what is recorded',
      parameters: [token],
      type: 'number',
      needs: 'topK',
      answer: ([wanted], scope) => probabilityOf(wanted as string | number, scope), // `parameters` were checked
    },
    endsWith: {
      signature: 'endsWith(text, …)',
      meaning: 'Whether the generated text ends with one of the texts, across tokens',
      parameters: [text],
      isVariadic: true,
      type: 'boolean',
      answer: (endings, { generatedText }) => endings.some((ending) => generatedText.endsWith(String(ending))),
    },
    ...generalFunctions,
  } satisfies Record<string, ExpressionFunction<ExpressionScope>>),
)

/** The chosen token's probability is recorded even where it is not among the likeliest. */
function probabilityOf(wanted: string | number, { step }: ExpressionScope): number | null {
  const rank = rankInTopK(step.topK, wanted)
  const recorded = rank === null ? undefined : step.topK?.[rank - 1]
  if (recorded !== undefined) return definedNumber(Math.exp(recorded.logprob))
  const isChosen = typeof wanted === 'string' ? wanted !== '' && wanted === step.text : wanted === step.tokenId
  return isChosen ? definedNumber(Math.exp(step.logprob)) : null
}
