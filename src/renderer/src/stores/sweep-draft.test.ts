/** @file Whose draws the next sweep makes. */
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { expect, test, vi } from 'vitest'
import type { Client } from '../api/client.ts'
import { evaluationRunIdSchema } from '../../../shared/domain/experiment-ids.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { traceHeaderSchema } from '../../../shared/domain/trace.ts'
import { useDraftStore } from './draft.ts'
import { provideHost } from './host.ts'
import { useSessionStore } from './session.ts'
import { useSweepDraftStore } from './sweep-draft.ts'

const origin = { runId: evaluationRunIdSchema.parse('run'), sampleId: 'train/7', repeat: 2, turn: 1 }
const times = { createdAt: 0, updatedAt: 0 }
const replay = traceHeaderSchema.parse({ id: 't1', runId: 'r1', modelId: modelIdSchema.parse('m1'), modelName: 'Sample', prompt: { kind: 'text', text: 'Hi' }, renderedPrompt: 'Hi', config: runConfigSchema.parse({}), origin, finish: 'eos', error: null, stepCount: 0, weaveCount: 0, preview: '', ending: '', ...times })
const savedPrompt = { id: 'kept', title: 'Kept', prompt: { kind: 'text', text: 'Another' }, reference: null, ...times }

test('a sweep draws as the replay on screen does, until its prompt or settings are others', async () => {
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => void queueMicrotask(run))
  const client = {
    sessions: { open: () => Promise.resolve({ header: replay, promptTokens: [], state: { kind: 'finished', finish: 'eos' } }), events: () => Promise.resolve([]) },
    log: { prompts: () => Promise.resolve({ prompts: [savedPrompt] }) },
  }
  const app = createApp({})
  app.use(createPinia())
  // Only the procedures that the test reaches are there.
  provideHost(app, { client: client as unknown as Client, connection: shallowRef({ kind: 'connected' }) })
  const { sweep, draft, session } = app.runWithContext(() => ({ sweep: useSweepDraftStore(), draft: useDraftStore(), session: useSessionStore() }))

  draft.draft = { ...draft.draft, modelId: replay.modelId }
  expect(sweep.request).toMatchObject({ origin: null })
  await session.open({ modelId: replay.modelId, prompt: replay.prompt, config: replay.config })
  draft.takeFrom(replay)
  expect(sweep.request).toMatchObject({ origin, config: { seed: replay.config.seed } })
  await sweep.readSavedPrompts()
  sweep.choosePrompt('kept')
  expect(sweep.request).toMatchObject({ origin: null })
  sweep.choosePrompt(null)
  draft.draft = { ...draft.draft, config: { ...draft.draft.config, seed: replay.config.seed + 1 } }
  expect(sweep.request).toMatchObject({ origin: null })
  vi.unstubAllGlobals()
})
