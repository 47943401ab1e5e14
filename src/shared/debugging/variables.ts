/** @file Every variable of the expression language over a step: its type, what it means, and where it is read. It does not know the grammar. */
import { definedNumber, rankInTopK, type ExpressionScope } from './scope.ts'
import type { Variable } from './vocabulary.ts'

const twinDiffers = ({ step }: ExpressionScope): boolean | null => (step.twin === null ? null : step.twin.tokenId !== step.tokenId)
const totalMs = ({ step: { elapsedMs } }: ExpressionScope): number => elapsedMs.decide + elapsedMs.weave + elapsedMs.decode

const stepVariables = {
  index: { type: 'number', meaning: 'The step, counted from 0', read: ({ step }) => step.index },
  token: { type: 'text', meaning: 'What the token adds to the text', read: ({ step }) => step.text },
  tokenId: { type: 'number', meaning: 'The token’s id in the vocabulary', read: ({ step }) => step.tokenId },
  logprob: { type: 'number', meaning: 'Natural logarithm of the token’s probability', read: ({ step }) => definedNumber(step.logprob) },
  entropy: { type: 'number', meaning: 'Entropy of the next-token distribution in nats', read: ({ step }) => definedNumber(step.entropy) },
  topToken: { type: 'text', meaning: 'The likeliest token', needs: 'topK', read: ({ step }) => step.topK?.[0]?.text ?? null },
  margin: { type: 'number', meaning: 'Logprob of the likeliest token minus that of the second', needs: 'topK', read: ({ step }) => marginOf(step.topK) },
  tokenRank: {
    type: 'number',
    meaning: 'Place of the token among the likeliest, from 1; null beyond what is recorded',
    needs: 'topK',
    read: ({ step }) => rankInTopK(step.topK, step.tokenId),
  },
  'ms.decide': { type: 'number', meaning: 'Milliseconds of the decision', read: ({ step }) => step.elapsedMs.decide },
  'ms.weave': { type: 'number', meaning: 'Milliseconds of the weave', read: ({ step }) => step.elapsedMs.weave },
  'ms.decode': { type: 'number', meaning: 'Milliseconds of the decode', read: ({ step }) => step.elapsedMs.decode },
  ms: { type: 'number', meaning: 'Milliseconds of the whole step', read: totalMs },
} as const satisfies Record<string, Variable<ExpressionScope>>

const decisionVariables = {
  candidate: { type: 'boolean', meaning: 'Whether the gate lets the trigger be asked here', read: ({ step }) => step.candidate },
  gateReason: { type: 'text', meaning: 'Why this is a candidate, such as the delimiter', needs: 'details', read: ({ step }) => step.gateReason ?? null },
  pInvoke: { type: 'number', meaning: 'The trained trigger’s probability of inserting; null where it was not asked', read: ({ step }) => step.pInvoke },
  'logits.skip': { type: 'number', meaning: 'The trigger’s logit against inserting', needs: 'details', read: ({ step }) => step.triggerLogits?.[0] ?? null },
  'logits.insert': { type: 'number', meaning: 'The trigger’s logit for inserting', needs: 'details', read: ({ step }) => step.triggerLogits?.[1] ?? null },
  decision: { type: 'number', meaning: '1 insert, 0 declined, -100 not asked', read: ({ step }) => step.decision },
  decisionSource: { type: 'text', meaning: '"model", "constant", "policy" or "forced"; null where not asked', read: ({ step }) => step.decisionSource },
  inserted: { type: 'boolean', meaning: 'Whether latents were inserted before the token', read: ({ step }) => step.weaveId !== null },
  augmentationCount: { type: 'number', meaning: 'Insertions so far, the prompt’s not counted', read: ({ step }) => step.augmentationCount },
} as const satisfies Record<string, Variable<ExpressionScope>>

const weaveVariables = {
  'weave.kind': { type: 'text', meaning: '"prompt" or "inference"; null where nothing was inserted', read: ({ weave }) => weave?.kind ?? null },
  'weave.count': { type: 'number', meaning: 'How many latents were inserted', read: ({ weave }) => weave?.norms.length ?? null },
  'weave.norm': { type: 'number', meaning: 'Mean of the latents’ L2 norms', read: ({ weave }) => meanOf(weave?.norms) },
  'weave.minNorm': { type: 'number', meaning: 'Smallest L2 norm of the latents', read: ({ weave }) => extremeOf(Math.min, weave?.norms) },
  'weave.maxNorm': { type: 'number', meaning: 'Largest L2 norm of the latents', read: ({ weave }) => extremeOf(Math.max, weave?.norms) },
  'weave.contextLength': { type: 'number', meaning: 'Positions before the latents', read: ({ weave }) => weave?.contextLength ?? null },
  'weave.edit': { type: 'text', meaning: 'What was done to the latents, such as "zero"; null where nothing was', read: ({ weave }) => weave?.intervention?.kind ?? null },
} as const satisfies Record<string, Variable<ExpressionScope>>

const twinVariables = {
  'twin.kl': { type: 'number', meaning: 'KL(with memory || without) of the next token in nats', needs: 'twin', read: ({ step }) => step.twin?.kl ?? null },
  'twin.token': { type: 'text', meaning: 'What the same draw gives without memory', needs: 'twin', read: ({ step }) => step.twin?.text ?? null },
  'twin.tokenId': { type: 'number', meaning: 'The id of what the same draw gives without memory', needs: 'twin', read: ({ step }) => step.twin?.tokenId ?? null },
  'twin.logprob': { type: 'number', meaning: 'Logprob of the token without memory', needs: 'twin', read: ({ step }) => step.twin?.logprob ?? null },
  'twin.differs': { type: 'boolean', meaning: 'Whether the same draw gives another token without memory', needs: 'twin', read: twinDiffers },
  kl: { type: 'number', meaning: 'Short for twin.kl', needs: 'twin', read: ({ step }) => step.twin?.kl ?? null },
  twinToken: { type: 'text', meaning: 'Short for twin.token', needs: 'twin', read: ({ step }) => step.twin?.text ?? null },
  differs: { type: 'boolean', meaning: 'Short for twin.differs', needs: 'twin', read: twinDiffers },
} as const satisfies Record<string, Variable<ExpressionScope>>

/** In the order in which help lists them. */
export const variables: ReadonlyMap<string, Variable<ExpressionScope>> = new Map<string, Variable<ExpressionScope>>(
  Object.entries({ ...stepVariables, ...decisionVariables, ...weaveVariables, ...twinVariables }),
)

function marginOf(topK: ExpressionScope['step']['topK']): number | null {
  const [first, second] = topK ?? []
  return first === undefined || second === undefined ? null : definedNumber(first.logprob - second.logprob)
}

function meanOf(values: readonly number[] | undefined): number | null {
  return values === undefined || values.length === 0 ? null : definedNumber(values.reduce((sum, value) => sum + value, 0) / values.length)
}

function extremeOf(choose: (...values: number[]) => number, values: readonly number[] | undefined): number | null {
  return values === undefined || values.length === 0 ? null : definedNumber(choose(...values))
}
