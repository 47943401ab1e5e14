/** @file The prompt panel's content as a value: its schema, its defaults, and its way to and from a trace. It does not know where it is kept. */
import { z } from 'zod'
import { chatMessageSchema } from '../../../shared/domain/chat.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import { deviceSchema } from '../../../shared/domain/model.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { Prompt, TraceHeader } from '../../../shared/domain/trace.ts'

export const draftSchema = z.object({
  modelId: modelIdSchema.nullable(),
  device: deviceSchema,
  promptKind: z.enum(['messages', 'text']),
  messages: z.array(chatMessageSchema).min(1),
  text: z.string(),
  config: runConfigSchema,
})
export type Draft = z.infer<typeof draftSchema>

export function emptyDraft(): Draft {
  return {
    modelId: null,
    device: 'cpu',
    promptKind: 'messages',
    messages: [
      { role: 'system', content: '' },
      { role: 'user', content: 'A farmer has 12 apples and gives away 5. How many are left?' },
    ],
    text: '',
    config: runConfigSchema.parse({ maxNewTokens: 64 }),
  }
}

/** localStorage is foreign input: what does not parse is replaced by the empty draft. */
export const draftSerializer = {
  read(raw: string): Draft {
    try {
      return draftSchema.parse(JSON.parse(raw))
    } catch {
      // Another version's draft, or an edited one: nothing but the draft itself is lost.
      return emptyDraft()
    }
  },
  write: (draft: Draft): string => JSON.stringify(draft),
}

/** An empty system message is left out: it would still be rendered. */
export function promptOfDraft(draft: Draft): Prompt {
  return draft.promptKind === 'text'
    ? { kind: 'text', text: draft.text }
    : { kind: 'messages', messages: draft.messages.filter((message) => message.role !== 'system' || message.content !== '') }
}

/** Why the draft cannot be opened, as a sentence; null when it can. */
export function draftProblem(draft: Draft): string | null {
  if (draft.modelId === null) return 'Choose a model.'
  const prompt = promptOfDraft(draft)
  if (prompt.kind === 'text') return prompt.text === '' ? 'Write a prompt.' : null
  return prompt.messages.some((message) => message.content !== '') ? null : 'Write a message.'
}

/** The draft that would make this trace again; the editor the trace did not use keeps its content. */
export function draftFromTrace(header: TraceHeader, previous: Draft): Draft {
  const { modelId, prompt, config } = header
  if (prompt.kind === 'text') return { ...previous, modelId, config, promptKind: 'text', text: prompt.text }
  const hasSystem = prompt.messages.some((message) => message.role === 'system')
  return { ...previous, modelId, config, promptKind: 'messages', messages: hasSystem ? prompt.messages : [{ role: 'system', content: '' }, ...prompt.messages] }
}
