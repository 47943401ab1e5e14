/** @file What the page knows of the engine's models: asked again only where that costs nothing, forgotten when it is no longer true. */
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { expect, it, vi } from 'vitest'
import type { EngineStatus } from '../../../shared/domain/engine-status.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import type { Device } from '../../../shared/domain/model.ts'
import type { Client } from '../api/client.ts'
import { useEngineStore } from './engine.ts'
import { provideHost } from './host.ts'

const modelId = modelIdSchema.parse('m1')
const ready = (device: Device): EngineStatus => ({ kind: 'ready', pid: 1, loadedModels: [{ modelId, device }] })

/** A store over a host whose status the test tells. */
function setUp(): { store: ReturnType<typeof useEngineStore>; loads: Device[]; tell: (status: EngineStatus) => Promise<void> } {
  const loads: Device[] = []
  let hear: (status: EngineStatus) => void = () => undefined
  async function* statuses(): AsyncGenerator<EngineStatus> {
    for (;;) yield await new Promise<EngineStatus>((resolve) => (hear = resolve))
  }
  const client = {
    system: { engineStatus: () => Promise.resolve(statuses()) },
    models: {
      load: ({ device }: { device: Device }) => {
        loads.push(device)
        return Promise.resolve({ device })
      },
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

it('recalls a model on the device where it is, and not one that is nowhere', async () => {
  const { store, loads, tell } = setUp()
  await tell(ready('webgpu'))
  await store.recall(modelIdSchema.parse('another'))
  await store.recall(modelId)
  expect(loads).toEqual(['webgpu'])
  expect(store.loadedModels.get(modelId)).toMatchObject({ device: 'webgpu' })
})

it('forgets a model that has moved to another device', async () => {
  const { store, tell } = setUp()
  await tell(ready('webgpu'))
  await store.recall(modelId)
  await tell(ready('cpu'))
  expect(store.loadedModels.has(modelId)).toBe(false)
})
