/** @file What an expression is evaluated over: one step, as far as it is at hand. It does not know where steps come from. */
import type { Step, TokenCandidate } from '../domain/step.ts'
import type { StepOverview, WeaveOverview } from '../domain/trace-columns.ts'

/** Every `Step` is one. Of a step read as columns the details are missing: what needs them is null then. */
export type EvaluatedStep = StepOverview & Partial<Pick<Step, 'topK' | 'triggerLogits' | 'gateReason'>>

export interface ExpressionScope {
  step: EvaluatedStep
  /** The latents inserted before the step's token; null where none were. Every `Weave` is one. */
  weave: WeaveOverview | null
  /** The end of what was generated, this step's text included. */
  generatedText: string
}

/** What a name needs besides the columns of a trace: the vanilla twin alongside, the recorded likeliest tokens, or other details. */
export type Need = 'twin' | 'topK' | 'details'

/** The place of a token, given by its text or its id, among the recorded likeliest, from 1; null beyond them. */
export function rankInTopK(topK: readonly TokenCandidate[] | undefined, token: string | number): number | null {
  const index = topK?.findIndex(({ text, tokenId }) => (typeof token === 'string' ? text === token : tokenId === token)) ?? -1
  return index === -1 ? null : index + 1
}

/** NaN is no answer: null. */
export function definedNumber(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
