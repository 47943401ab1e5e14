/** @file What a generation reads first, as text. Does not know tokens. */
import type { Prompt } from '../../../shared/domain/trace.ts'
import { renderConversation } from './chat-template.ts'

/** A conversation up to where the assistant speaks next, or the text as it stands. */
export function renderPrompt(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : renderConversation(prompt.messages, { addGenerationPrompt: true })
}
