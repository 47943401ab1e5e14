/**
 * @file Messages to prompt text in the format MemGen was trained with. Does not know the template of tokenizer_config.json:
 * the reference discards that one too (docs/REFERENCE.md 4.1).
 */
import { Template } from '@huggingface/jinja'
import type { ChatMessage } from '../../../shared/domain/chat.ts'

/** ChatML without a default system prompt; a tool speaks as the user; content is neither trimmed nor, if not text, shown. */
const CONVERSATION_TEMPLATE = new Template(
  "{%- for message in messages -%}" +
    "{{- '<|im_start|>' + ('user' if message.role == 'tool' else message.role) + '\\n' -}}" +
    "{{- (message.content if message.content is string else '') + '<|im_end|>\\n' -}}" +
    "{%- endfor -%}" +
    "{%- if addGenerationPrompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}",
)

export interface RenderOptions {
  /** End with the header of the assistant's next message. */
  readonly addGenerationPrompt: boolean
}

/** Renders a conversation as the reference's CONVERSATION_TEMPLATE does. */
export function renderConversation(
  messages: readonly { readonly role: ChatMessage['role']; readonly content: unknown }[],
  { addGenerationPrompt }: RenderOptions,
): string {
  return CONVERSATION_TEMPLATE.render({ messages, addGenerationPrompt })
}
