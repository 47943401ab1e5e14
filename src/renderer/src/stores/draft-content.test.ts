import { describe, expect, it } from 'vitest'
import { modelIdSchema, runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { draftFromTrace, draftProblem, draftSerializer, emptyDraft, promptOfDraft } from './draft-content.ts'

const modelId = modelIdSchema.parse('sample')
const header: TraceHeader = {
  id: traceIdSchema.parse('t'),
  runId: runIdSchema.parse('r'),
  modelId,
  modelName: 'Sample',
  prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Hello' }] },
  renderedPrompt: '',
  config: runConfigSchema.parse({ seed: 7, policy: { kind: 'random', probability: 0.2 } }),
  finish: null,
  error: null,
  stepCount: 0,
  weaveCount: 0,
  preview: '',
  createdAt: 0,
  updatedAt: 0,
}

describe('a draft', () => {
  it('survives being stored, and is replaced when what is stored is not a draft', () => {
    const draft = { ...emptyDraft(), modelId }
    expect(draftSerializer.read(draftSerializer.write(draft))).toEqual(draft)
    expect(draftSerializer.read('{"modelId": 3}')).toEqual(emptyDraft())
    expect(draftSerializer.read('not json')).toEqual(emptyDraft())
  })

  it('leaves an empty system message out of the prompt', () => {
    const prompt = promptOfDraft(emptyDraft())
    expect(prompt.kind === 'messages' && prompt.messages.map((message) => message.role)).toEqual(['user'])
  })

  it('says what is missing before it can be opened', () => {
    expect(draftProblem(emptyDraft())).toBe('Choose a model.')
    expect(draftProblem({ ...emptyDraft(), modelId, promptKind: 'text' })).toBe('Write a prompt.')
    expect(draftProblem({ ...emptyDraft(), modelId, messages: [{ role: 'user', content: '' }] })).toBe('Write a message.')
    expect(draftProblem({ ...emptyDraft(), modelId })).toBeNull()
  })

  it('taken from a trace makes that trace again', () => {
    const draft = draftFromTrace(header, emptyDraft())
    expect(promptOfDraft(draft)).toEqual(header.prompt)
    expect(draft.config).toEqual(header.config)
    expect(draft.modelId).toBe(modelId)
  })
})
