/** @file A row of GSM8K as the reference turns it into prompt and solution (its data/gsm8k/builder.py). Does not know where rows come from. */
import type { ChatMessage } from '../../shared/domain/chat.ts'
import { strip } from './python-text.ts'

const instruction = String.raw`Solve the math problem with proper reasoning, and make sure to put the FINAL ANSWER inside \boxed{}.`

export interface Gsm8kSample {
  readonly prompt: readonly ChatMessage[]
  /** The rationale, calculator marks kept, directly followed by the boxed answer. */
  readonly solution: string
}

/** @param answer rationale, a line break, `####` and the answer, as in the file */
export function formatGsm8k(question: string, answer: string): Gsm8kSample {
  const parts = strip(answer).split('\n####')
  const solution = strip(`${parts[0]!}\\boxed{${strip(parts.at(-1)!)}}`)
  return { prompt: [{ role: 'user', content: `${instruction}Question: ${strip(question)}\n` }], solution }
}
