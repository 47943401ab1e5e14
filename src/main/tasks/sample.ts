/** @file One sample of a dataset, whatever file it came from. Does not know files, templates or tokens. */
import type { ChatMessage } from '../../shared/domain/chat.ts'
import type { Prompt } from '../../shared/domain/trace.ts'

/** What a row holds to learn from and to prompt with; a completion is null where the row has none, as for rollouts. */
export type SampleContent =
  | { readonly kind: 'conversation'; readonly messages: readonly ChatMessage[] }
  | { readonly kind: 'instruction'; readonly prompt: readonly ChatMessage[]; readonly completion: readonly ChatMessage[] | null }
  /** Text taken as it stands, without the chat template. */
  | { readonly kind: 'text'; readonly prompt: string; readonly completion: string | null }

export interface Sample {
  /** The row's own, or `line-7` and `row-7` by its place; each id occurs once in a dataset. */
  readonly id: string
  /** Line or row it came from, counted from 1. */
  readonly line: number
  readonly content: SampleContent
  /** What rewards compare with: the row's `solution`, or its `answer` where that is one text. */
  readonly solution: string | null
  /** The row's `answer`, a text or several accepted ones; empty where it has none. */
  readonly answers: readonly string[]
}

/** What a generation starts from: the prompt, or the conversation before its last message if the assistant wrote that. */
export function samplePrompt({ content }: Pick<Sample, 'content'>): Prompt {
  switch (content.kind) {
    case 'conversation': {
      const isAnswered = content.messages.at(-1)?.role === 'assistant'
      return { kind: 'messages', messages: isAnswered ? content.messages.slice(0, -1) : [...content.messages] }
    }
    case 'instruction':
      return { kind: 'messages', messages: [...content.prompt] }
    case 'text':
      return { kind: 'text', text: content.prompt }
    default:
      return content satisfies never
  }
}
