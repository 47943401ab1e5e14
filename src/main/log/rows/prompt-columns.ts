/** @file A prompt as the user gave it in columns, both ways: of a trace, a kept prompt and a sample alike. Does not know the tables. */
import { z } from 'zod'
import { chatMessageSchema } from '../../../shared/domain/chat.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import { jsonColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'

/** A prompt as it was given. */
export interface PromptColumns {
  kind: string
  text: string
  messages: string | null
}

export const promptColumnsSchema = z
  .object({
    kind: z.enum(['messages', 'text']),
    text: textColumn,
    messages: jsonColumn(z.array(chatMessageSchema).min(1)).nullable(),
  })
  .refine((row) => (row.kind === 'messages') === (row.messages !== null), { path: ['messages'], message: "it must be null exactly where kind is 'text'" })

export function toPromptColumns(prompt: Prompt): PromptColumns {
  return {
    kind: prompt.kind,
    text: toStoredText(plainText(prompt)),
    messages: prompt.kind === 'messages' ? toStoredJson(prompt.messages) : null,
  }
}

export function fromPromptColumns({ text, messages }: z.output<typeof promptColumnsSchema>): Prompt {
  return messages === null ? { kind: 'text', text } : { kind: 'messages', messages }
}

/** What the user wrote, without roles, for search and for reading in a SQL shell. */
function plainText(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map((message) => message.content).join('\n\n')
}
