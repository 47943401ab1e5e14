/** @file What a prompt asks, for lists and details. */
import type { Prompt } from '../../../shared/domain/trace.ts'

/** The last message of the user; a bare text is its own question. */
export function questionOf(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.text
  return (prompt.messages.findLast(({ role }) => role === 'user') ?? prompt.messages.at(-1))?.content ?? ''
}
