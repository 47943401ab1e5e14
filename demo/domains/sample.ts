/** @file One problem with its written-out solution, and which parts of its text are learned. Does not know the domains. */
import type { ChatMessage } from '../../src/shared/domain/chat.ts'

/** A stretch of text; only the tokens of supervised stretches have a loss. */
export interface Segment {
  readonly text: string
  readonly supervised: boolean
}

export interface DemoSample {
  readonly id: string
  /** What the user asks and what the assistant should write, without notes. */
  readonly messages: readonly [ChatMessage, ChatMessage]
  /** The answer as a reward reads it: `\boxed{7}`. */
  readonly solution: string
  /** The whole conversation as the chat template renders it, notes included. */
  readonly segments: readonly Segment[]
}

export interface SampleText {
  readonly id: string
  readonly question: string
  /** The assistant's reasoning up to and with the boxed answer; a note is a stretch without supervision. */
  readonly completion: readonly Segment[]
  readonly answer: number
}

/** The completion's end of sequence; the template's newline after it is never generated, so it is not learned. */
const TURN_END: readonly Segment[] = [
  { text: '<|im_end|>', supervised: true },
  { text: '\n', supervised: false },
]

/** Wraps question and completion in the chat template (docs/REFERENCE.md 4.1). */
export function createSample({ id, question, completion, answer }: SampleText): DemoSample {
  const header = `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`
  const learned = completion.filter(({ supervised }) => supervised).map(({ text }) => text)
  return {
    id,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: learned.join('') },
    ],
    solution: boxed(answer),
    segments: [{ text: header, supervised: false }, ...completion, ...TURN_END],
  }
}

export function boxed(answer: number): string {
  return `\\boxed{${answer}}`
}

/** All text of a sample, as the model reads it. */
export function sampleText({ segments }: DemoSample): string {
  return segments.map(({ text }) => text).join('')
}
