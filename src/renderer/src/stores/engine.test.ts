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
function setUp(): { store: ReturnType<typeof useEngineStore>; loads: unknown[]; tell: (status: EngineStatus) => Promise<void> } {
  const loads: unknown[] = []
  let hear: (status: EngineStatus) => void = () => undefined
  async function* statuses(): AsyncGenerator<EngineStatus> {
    for (;;) yield await new Promise<EngineStatus>((resolve) => (hear = resolve))
  }
  const client = {
    system: { engineStatus: () => Promise.resolve(statuses()) },
    models: {
      load: ({ placement }: { placement?: Placement }) => {
        loads.push(placement)
        return Promise.resolve(placement ?? { device: 'cpu', precision: 'f32' })
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
  return { store, loads, tell }
}

it('recalls a model where it is, and not one that is nowhere', async () => {
  const { store, loads, tell } = setUp()
  await tell(ready(webgpu))
  await store.recall(modelIdSchema.parse('another'))
  await store.recall(modelId)
  expect(loads).toEqual([webgpu])
  expect(store.loadedModels.get(modelId)).toMatchObject(webgpu)
})

it('leaves it to the library where a model is loaded', async () => {
  const { store, loads } = setUp()
  await store.load(modelId)
  expect(loads).toEqual([undefined])
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
