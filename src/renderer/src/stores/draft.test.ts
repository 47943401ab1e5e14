/** @file Which model the next trace begins with before anybody has chosen one. */
import { createPinia } from 'pinia'
import { createApp, nextTick, shallowRef } from 'vue'
import { expect, test } from 'vitest'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import type { Client } from '../api/client.ts'
import { useDraftStore } from './draft.ts'
import { provideHost } from './host.ts'
import { useModelsStore } from './models.ts'

const model = (id: string, isBundled: boolean): ModelEntry => ({ id: modelIdSchema.parse(id), isBundled, examples: [] }) as unknown as ModelEntry // nothing else of it is read here

test('it is the first bundled one, whichever page is open when the library has been read; a model that has left makes room for it', async () => {
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client: {} as Client, connection: shallowRef({ kind: 'connected' }) }) // no test here calls the host
  const { draft, library } = app.runWithContext(() => ({ draft: useDraftStore(), library: useModelsStore() }))
  draft.draft.modelId = null
  library.models = [model('mine', false), model('demo', true)]
  await nextTick()
  expect(draft.draft.modelId).toBe('demo')
  draft.chooseModel(modelIdSchema.parse('mine'), library.models)
  library.models = [model('demo', true), model('mine', false)]
  await nextTick()
  expect(draft.draft.modelId).toBe('mine')
  library.models = [model('demo', true)]
  await nextTick()
  expect(draft.draft.modelId).toBe('demo')
})
