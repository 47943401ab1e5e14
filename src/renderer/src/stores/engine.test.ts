/** @file What the page knows of the engine's models: asked again only where that costs nothing, forgotten when it is no longer true. */
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { expect, it, vi } from 'vitest'
import type { EngineStatus } from '../../../shared/domain/engine-status.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import type { Placement } from '../../../shared/domain/model.ts'
import type { Client } from '../api/client.ts'
import { useEngineStore } from './engine.ts'
import { provideHost } from './host.ts'

const modelId = modelIdSchema.parse('m1')
const ready = (...placements: Placement[]): EngineStatus => ({ kind: 'ready', pid: 1, loadedModels: placements.map((placement) => ({ modelId, fallback: null, ...placement })) })
const webgpu: Placement = { device: 'webgpu', precision: 'q8' }

/** A store over a host whose status the test tells. */
function setUp(): { store: ReturnType<typeof useEngineStore>; calls: string[]; tell: (status: EngineStatus) => Promise<void> } {
  const calls: string[] = []
  let hear: (status: EngineStatus) => void = () => undefined
  async function* statuses(): AsyncGenerator<EngineStatus> {
    for (;;) yield await new Promise<EngineStatus>((resolve) => (hear = resolve))
  }
  const client = {
    system: { engineStatus: () => Promise.resolve(statuses()) },
    models: {
      load: (request: object) => {
        calls.push(`load ${Object.keys(request).join()}`)
        return Promise.resolve({ device: 'cpu', precision: 'f32' })
      },
      loaded: ({ modelId: asked }: { modelId: string }) => {
        calls.push(`loaded ${asked}`)
        return Promise.resolve(webgpu)
      },
      unload: () => Promise.resolve(),
    },
  } as unknown as Client // the store calls nothing else
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client, connection: shallowRef({ kind: 'connected' }) })
  const store = app.runWithContext(() => useEngineStore())
  const tell = async (status: EngineStatus): Promise<void> => {
    await vi.waitFor(() => {
      hear(status)
      expect(store.status).toEqual(status)
    })
  }
  return { store, calls, tell }
}

it('recalls a model where it is without loading it, and not one that is nowhere', async () => {
  const { store, calls, tell } = setUp()
  await tell(ready(webgpu))
  await store.recall(modelIdSchema.parse('another'))
  await store.recall(modelId)
  expect(calls).toEqual(['loaded m1'])
  expect(store.loadedModels.get(modelId)).toMatchObject(webgpu)
})

it('leaves it to the library where a model is loaded', async () => {
  const { store, calls } = setUp()
  await store.load(modelId)
  expect(calls).toEqual(['load modelId'])
})

it.each<[string, Placement]>([
  ['device', { device: 'cpu', precision: 'q8' }],
  ['precision', { device: 'webgpu', precision: 'f32' }],
])('forgets a model that has moved to another %s', async (_, elsewhere) => {
  const { store, tell } = setUp()
  await tell(ready(webgpu))
  await store.recall(modelId)
  await tell(ready(elsewhere))
  expect(store.loadedModels.has(modelId)).toBe(false)
})

it('forgets a model that was unloaded before the engine says so', async () => {
  const { store, tell } = setUp()
  await tell(ready(webgpu))
  await store.recall(modelId)
  await store.unload(modelId)
  expect(store.loadedModels.size).toBe(0)
})
