/** @file GSM8K as the reference turns it into prompt and solution (its data/gsm8k/builder.py). Does not know where rows come from. */
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import { strip } from '../python-text.ts'
import { readText } from '../row-values.ts'
import { cutFromTraining, filesNamedAfter, type TaskDefinition } from './task-definition.ts'

const instruction = String.raw`Solve the math problem with proper reasoning, and make sure to put the FINAL ANSWER inside \boxed{}.`

/** The user's message of a math problem. */
export function mathPrompt(question: string): ChatMessage {
  return { role: 'user', content: `${instruction}Question: ${strip(question)}\n` }
}

export interface Gsm8kSample {
  readonly prompt: readonly ChatMessage[]
  /** The rationale, calculator marks kept, directly followed by the boxed answer. */
  readonly solution: string
}

/** @param answer rationale, a line break, `####` and the answer, as in the file */
export function formatGsm8k(question: string, answer: string): Gsm8kSample {
  const parts = strip(answer).split('\n####')
  const solution = strip(`${parts[0]!}\\boxed{${strip(parts.at(-1)!)}}`)
  return { prompt: [mathPrompt(question)], solution }
}

export const gsm8k: TaskDefinition = {
  title: 'GSM8K',
  summary: 'Grade school math word problems, 1,319 to test on. The validation part is a seeded tenth of the training file.',
  hubRepo: 'openai/gsm8k',
  splits: ['train', 'valid', 'test'],
  scoring: String.raw`The first \boxed{…} against the answer, as LaTeX after the reference's rewrites`,
  isMultiTurn: false,
  runsCode: false,
  suggestedMaxNewTokens: 1024,
  ownScoring: { kind: 'math' },
  columns: ['question', 'answer'],
  filesOf: (split, names) => filesNamedAfter(split === 'test' ? 'test' : 'train', names.filter((name) => !name.startsWith('socratic/'))),
  cutOf: cutFromTraining,
  readSample(row) {
    const { prompt, solution } = formatGsm8k(readText(row['question'], 'question', 'text'), readText(row['answer'], 'answer', 'text'))
    return { id: null, domain: null, prompt: { kind: 'messages', messages: [...prompt] }, solution, answers: [], extra: {} }
  },
}
