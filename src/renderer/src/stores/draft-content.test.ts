import { describe, expect, it } from 'vitest'
import { modelIdSchema, runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import { draftFromTrace, draftProblem, draftSerializer, emptyDraft, isSuggestedPrompt, nextExample, onlyUserMessage, promptOfDraft, withSuggestedPrompt, withUserMessage } from './draft-content.ts'

const modelId = modelIdSchema.parse('sample')
const header: TraceHeader = {
  id: traceIdSchema.parse('t'),
  runId: runIdSchema.parse('r'),
  modelId,
  modelName: 'Sample',
  prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Hello' }] },
  renderedPrompt: '',
  config: runConfigSchema.parse({ seed: 7, policy: { kind: 'random', probability: 0.2 } }),
  parent: null,
  changes: [],
  placement: null,
  certificate: null,
  origin: null,
  finish: null,
  error: null,
  stepCount: 0,
  weaveCount: 0,
  preview: '',
  ending: '',
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

  it('of before models had placements is read without its device', () => {
    const draft = { ...emptyDraft(), modelId }
    expect(draftSerializer.read(JSON.stringify({ ...draft, device: 'webgpu' }))).toEqual(draft)
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

  it('taken from a branch off the first step has the settings of the branch, and of a later one those of the trace', () => {
    const config = runConfigSchema.parse({ policy: { kind: 'candidates', ordinals: [2] } })
    const branch = (stepIndex: number): TraceHeader => ({ ...header, changes: [{ stepIndex, change: { kind: 'config', config } }] })
    expect(draftFromTrace(branch(0), emptyDraft()).config).toEqual(config)
    expect(draftFromTrace(branch(1), emptyDraft()).config).toEqual(header.config)
  })
})

describe('a suggested prompt', () => {
  const entry = (id: string, ...examples: string[]): ModelEntry => ({
    id: modelIdSchema.parse(id),
    name: id,
    location: { reasonerDir: id },
    isBundled: true,
    label: null,
    examples: examples.map((userMessage) => ({ title: userMessage, userMessage })),
    placement: { device: 'auto', precision: 'f32' },
  })
  const models = [entry('demo', 'one', 'two'), entry('sample')]
  const [demo, sample] = models as [ModelEntry, ModelEntry]
  const untouched = { ...emptyDraft(), modelId: demo.id }

  it('is the first example of the model, and the default of a model without examples', () => {
    const first = withSuggestedPrompt(untouched, models)
    expect(onlyUserMessage(first)).toBe('one')
    const changed = withSuggestedPrompt({ ...first, modelId: sample.id }, models)
    expect(promptOfDraft(changed)).toEqual(promptOfDraft(emptyDraft()))
  })

  it('stays when another example of the same model was chosen', () => {
    const chosen = withUserMessage(untouched, 'two')
    expect(withSuggestedPrompt(chosen, models)).toBe(chosen)
  })

  it('may be the next example in turn', () => {
    expect(nextExample(untouched, models)).toBe('one')
    expect(nextExample(withUserMessage(untouched, 'one'), models)).toBe('two')
    expect(nextExample(withUserMessage(untouched, 'two'), models)).toBe('one')
    expect(nextExample({ ...untouched, modelId: sample.id }, models)).toBeNull()
  })

  it('never takes the place of what the user wrote', () => {
    const own = withUserMessage(untouched, 'My question')
    const withSystem = { ...untouched, messages: [{ role: 'system' as const, content: 'Be brief.' }, ...untouched.messages.slice(1)] }
    for (const draft of [own, withSystem, { ...untouched, promptKind: 'text' as const }]) {
      expect(isSuggestedPrompt(draft, models)).toBe(false)
      expect(withSuggestedPrompt(draft, models)).toBe(draft)
    }
  })
})
