/** @file The prompt of a later turn: the conversation so far, to be rendered whole. It does not know what was said. */
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import type { Turn } from '../task.ts'

/** The first prompt, then what the model wrote and was told in each turn. Throws where the prompt is a text without messages. */
export function continuePrompt(prompt: Prompt, turns: readonly Turn[]): Prompt {
  if (prompt.kind !== 'messages') throw new Error('expected a prompt of messages, which a conversation can go on from, found a text')
  const history = turns.flatMap(({ text, observation }): ChatMessage[] => [
    { role: 'assistant', content: text },
    { role: 'user', content: observation ?? '' },
  ])
  return { kind: 'messages', messages: [...prompt.messages, ...history] }
}
