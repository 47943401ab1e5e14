/**
 * @file One row of a dataset, from a value of unknown shape. It does not know which file or line the value came from.
 *
 * Differences: the reference takes content that is no string for an empty one; here only null and a missing content are empty
 * (as in an assistant's message that only calls a tool), and a list of parts is a mismatch, since its text would be lost.
 */
import { type ChatMessage, chatMessageSchema } from '../../shared/domain/chat.ts'
import { RowMismatch } from './dataset-error.ts'
import { describe, describeFields, readId, readObject, readText } from './row-values.ts'
import type { Sample, SampleContent } from './sample.ts'

/** A sample before it is known where it stands; `id` is null where the row has none. */
export type Row = Pick<Sample, 'content' | 'solution' | 'answers'> & { readonly id: string | null }

/** All fields that are read; whatever else a row has is passed over. */
export const rowFields = ['id', 'messages', 'prompt', 'completion', 'solution', 'answer'] as const

type Fields = Readonly<Partial<Record<(typeof rowFields)[number], unknown>>>

/** Raises RowMismatch at the first field that does not fit. A field that is null counts as missing: tables have every column in every row. */
export function readRow(value: unknown): Row {
  const row: Fields = readObject(value, null, 'an object')
  const answers = readAnswers(row.answer)
  const solution = readSolution(row.solution) ?? (typeof row.answer === 'string' ? row.answer : null)
  return { id: readId(row.id, 'id'), content: readContent(row), solution, answers }
}

function readContent(row: Fields): SampleContent {
  const { messages, prompt, completion } = row
  if (messages != null) {
    if (prompt != null || completion != null) throw new RowMismatch(null, 'either messages or prompt and completion', 'both')
    return readConversation(messages)
  }
  if (prompt == null) throw new RowMismatch(null, 'messages, or prompt and completion', describeFields(row))
  if (typeof prompt === 'string') {
    return { kind: 'text', prompt: readText(prompt, 'prompt', 'text'), completion: completion == null ? null : readText(completion, 'completion', 'text like the prompt') }
  }
  return {
    kind: 'instruction',
    prompt: readMessages(prompt, 'prompt', 'text or a list of messages'),
    completion: completion == null ? null : readMessages(completion, 'completion', 'a list of messages like the prompt'),
  }
}

function readConversation(value: unknown): SampleContent {
  const messages = readMessages(value, 'messages', 'a list of messages')
  if (messages.length === 1 && messages[0]!.role === 'assistant') {
    throw new RowMismatch('messages', 'a message that the assistant answers', 'only the assistant')
  }
  return { kind: 'conversation', messages }
}

/** Raises RowMismatch. */
export function readMessages(value: unknown, field: string, expected: string): ChatMessage[] {
  if (!Array.isArray(value)) throw new RowMismatch(field, expected, describe(value))
  if (value.length === 0) throw new RowMismatch(field, 'at least one message', 'an empty list')
  return value.map((message: unknown, index) => readMessage(message, `${field}.${index}`))
}

function readMessage(value: unknown, field: string): ChatMessage {
  const message = readObject(value, field, 'a message with role and content')
  const role = chatMessageSchema.shape.role.safeParse(message['role'])
  if (!role.success) throw new RowMismatch(`${field}.role`, chatMessageSchema.shape.role.options.join(', '), describe(message['role']))
  const content = message['content'] ?? ''
  if (typeof content !== 'string') throw new RowMismatch(`${field}.content`, 'text', describe(content))
  return { role: role.data, content }
}

function readAnswers(value: unknown): readonly string[] {
  if (value == null) return []
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) throw new RowMismatch('answer', 'text or a list of texts', describe(value))
  return value.map((answer: unknown, index) => {
    if (typeof answer !== 'string') throw new RowMismatch(`answer.${index}`, 'text', describe(answer))
    return answer
  })
}

function readSolution(value: unknown): string | null {
  if (value == null || typeof value === 'string') return value ?? null
  throw new RowMismatch('solution', 'text', describe(value))
}
