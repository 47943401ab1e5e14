/**
 * @file A conversation as a labelled training row: the assistant's messages are learnt, the rest is read. Does not know where
 * latents go.
 */
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import { renderConversation } from '../tokenization/chat-template.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { IGNORED_LABEL, TrainingRowError, type LabelledRow } from './supervised-rows.ts'

/**
 * In the training template. Labelled is the whole message of the assistant, from `<|im_start|>assistant` to
 * the newline after `<|im_end|>`; forward() takes the header out again (docs/REFERENCE.md 5.1).
 * @throws TrainingRowError when the tokenizer has tokens that reach across two messages, so that no id belongs to one of them
 */
export function encodeConversation(tokenizer: Tokenizer, messages: readonly ChatMessage[]): LabelledRow {
  const encoded = messages.map((message) => ({ role: message.role, own: tokenizer.encode(renderConversation([message], { addGenerationPrompt: false })) }))
  const ids = encoded.flatMap(({ own }) => own)
  const labels = encoded.flatMap(({ role, own }) => (role === 'assistant' ? own : own.map(() => IGNORED_LABEL)))
  const whole = tokenizer.encode(renderConversation(messages, { addGenerationPrompt: false }))
  if (whole.length !== ids.length || whole.some((id, index) => id !== ids[index])) {
    throw new TrainingRowError('expected tokens that end where messages end, found a tokenizer that joins the end of one with the start of the next')
  }
  return { ids, labels }
}
