/**
 * @file Conversations as labelled training rows: the assistant's messages are learnt, the rest is read. Does not know where
 * latents go.
 */
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import { renderConversation } from '../tokenization/chat-template.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { IGNORED_LABEL, TrainingRowError, type LabelledRow } from './supervised-rows.ts'

/** A row and which conversation it came from. */
export interface EncodedConversation extends LabelledRow {
  /** Index in the list that was encoded. */
  readonly index: number
}

/** A conversation that is not trained on, and why. */
export interface DroppedConversation {
  readonly index: number
  readonly reason: 'too-long' | 'no-assistant-message'
  /** Tokens it has. */
  readonly length: number
}

export interface EncodedConversations {
  readonly rows: readonly EncodedConversation[]
  readonly dropped: readonly DroppedConversation[]
}

export interface EncodeConversationsOptions {
  /** Longest row in tokens, latents not counted. */
  readonly maxLength: number
}

/** Encodes conversations; those that cannot be trained on are listed with the reason, for the run to report. */
export function encodeConversations(
  tokenizer: Tokenizer,
  conversations: readonly (readonly ChatMessage[])[],
  { maxLength }: EncodeConversationsOptions,
): EncodedConversations {
  const rows: EncodedConversation[] = []
  const dropped: DroppedConversation[] = []
  for (const [index, messages] of conversations.entries()) {
    const row = encodeConversation(tokenizer, messages)
    const length = row.ids.length
    if (length > maxLength) dropped.push({ index, reason: 'too-long', length })
    else if (row.labels.every((label) => label === IGNORED_LABEL)) dropped.push({ index, reason: 'no-assistant-message', length })
    else rows.push({ ...row, index })
  }
  return { rows, dropped }
}

/**
 * One conversation in the training template. Labelled is the whole message of the assistant, from `<|im_start|>assistant` to
 * the newline after `<|im_end|>`; forward() takes the header out again (docs/REFERENCE.md 5.1).
 * @throws TrainingRowError when the tokenizer has tokens that reach across two messages, so that no id belongs to one of them
 */
export function encodeConversation(tokenizer: Tokenizer, messages: readonly ChatMessage[]): LabelledRow {
  const ids: number[] = []
  const labels: number[] = []
  for (const message of messages) {
    const own = tokenizer.encode(renderConversation([message], { addGenerationPrompt: false }))
    ids.push(...own)
    labels.push(...(message.role === 'assistant' ? own : own.map(() => IGNORED_LABEL)))
  }
  const whole = tokenizer.encode(renderConversation(messages, { addGenerationPrompt: false }))
  if (whole.length !== ids.length || whole.some((id, index) => id !== ids[index])) {
    throw new TrainingRowError('expected tokens that end where messages end, found a tokenizer that joins the end of one with the start of the next')
  }
  return { ids, labels }
}
