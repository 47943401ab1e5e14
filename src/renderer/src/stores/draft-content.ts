/** @file The prompt panel's content as a value: its schema, its defaults, and its way to and from a trace. It does not know where it is kept, nor where its model is placed. */
import { z } from 'zod'
import { chatMessageSchema } from '../../../shared/domain/chat.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import { runConfigSchema, type RunConfig } from '../../../shared/domain/run-config.ts'
import type { Prompt, TraceHeader } from '../../../shared/domain/trace.ts'

export const draftSchema = z.object({
  modelId: modelIdSchema.nullable(),
  promptKind: z.enum(['messages', 'text']),
  messages: z.array(chatMessageSchema).min(1),
  text: z.string(),
  /** The answer to compare with; empty where there is none. */
  reference: z.string().default(''),
  config: runConfigSchema,
})
export type Draft = z.infer<typeof draftSchema>

/** For models without examples of their own. */
const DEFAULT_MESSAGE = 'A farmer has 12 apples and gives away 5. How many are left?'

export function emptyDraft(): Draft {
  return {
    modelId: null,
    promptKind: 'messages',
    messages: singleMessage(DEFAULT_MESSAGE),
    text: '',
    reference: '',
    config: runConfigSchema.parse({ maxNewTokens: 96 }),
  }
}

function singleMessage(content: string): Draft['messages'] {
  return [
    { role: 'system', content: '' },
    { role: 'user', content },
  ]
}

/** The only message, where there is one; null for a conversation or raw text. */
export function onlyUserMessage(draft: Draft): string | null {
  const prompt = promptOfDraft(draft)
  if (prompt.kind === 'text') return null
  const [message, ...others] = prompt.messages
  return message?.role === 'user' && others.length === 0 ? message.content : null
}

/** The draft with one user message instead of its prompt. */
export function withUserMessage(draft: Draft, content: string): Draft {
  return { ...draft, promptKind: 'messages', messages: singleMessage(content) }
}

/** Whether the app wrote the prompt, not the user: the default, or an example of any model. */
export function isSuggestedPrompt(draft: Draft, models: readonly ModelEntry[]): boolean {
  const message = onlyUserMessage(draft)
  return message === DEFAULT_MESSAGE || models.some(({ examples }) => examples.some(({ userMessage }) => userMessage === message))
}

/** The draft for its model's first look: a prompt that the app wrote becomes one of this model; a user's own stays. */
export function withSuggestedPrompt(draft: Draft, models: readonly ModelEntry[]): Draft {
  const model = models.find(({ id }) => id === draft.modelId)
  if (model === undefined || !isSuggestedPrompt(draft, models)) return draft
  const message = onlyUserMessage(draft)
  if (model.examples.some(({ userMessage }) => userMessage === message)) return draft
  return withUserMessage(draft, model.examples[0]?.userMessage ?? DEFAULT_MESSAGE)
}

/** The example after the one in the draft, the first where there is none; null for a model without examples. */
export function nextExample(draft: Draft, models: readonly ModelEntry[]): string | null {
  const examples = models.find(({ id }) => id === draft.modelId)?.examples ?? []
  const current = examples.findIndex(({ userMessage }) => userMessage === onlyUserMessage(draft))
  return examples[(current + 1) % examples.length]?.userMessage ?? null
}

/** localStorage is foreign input: what does not parse is replaced by the empty draft. Older drafts named a device, which is left out: it is the model's now. */
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
  const { modelId, prompt } = header
  return { ...withPrompt(previous, prompt), modelId, config: configFromStart(header) }
}

/** A branch from the first step on, such as a sweep's outcome of a replayed result, never ran under the config that it was opened with. */
function configFromStart({ config, changes }: TraceHeader): RunConfig {
  return changes.reduce((latest, { stepIndex, change }) => (stepIndex === 0 && change.kind === 'config' ? change.config : latest), config)
}

/** The draft with this prompt; the editor it does not use keeps its content. */
export function withPrompt(draft: Draft, prompt: Prompt): Draft {
  if (prompt.kind === 'text') return { ...draft, promptKind: 'text', text: prompt.text }
  const hasSystem = prompt.messages.some((message) => message.role === 'system')
  return { ...draft, promptKind: 'messages', messages: hasSystem ? prompt.messages : [{ role: 'system', content: '' }, ...prompt.messages] }
}
