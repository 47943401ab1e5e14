/** @file How the engine fares, and what this page knows about the models it holds. It does not know sessions. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { EngineStatus } from '../../../shared/domain/engine-status.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { Device, LoadedModel } from '../../../shared/domain/model.ts'
import { useHost } from './host.ts'
import { subscribe } from './subscription.ts'

type ReadyEngine = Extract<EngineStatus, { kind: 'ready' }>
type LostEngine = Extract<EngineStatus, { kind: 'lost' }>

export const useEngineStore = defineStore('engine', () => {
  const { client } = useHost()
  const status = shallowRef<EngineStatus>({ kind: 'starting' })
  /** The last loss stays here after the new engine is up, until the user has seen it. */
  const loss = shallowRef<LostEngine | null>(null)
  const loadedModels = shallowRef<ReadonlyMap<ModelId, LoadedModel>>(new Map())
  const abort = new AbortController()

  void subscribe((signal) => client.system.engineStatus(undefined, { signal }), {
    signal: abort.signal,
    onEvent: accept,
    onRefused: (error) => {
      throw new Error('internal: the host refused to tell its engine status', { cause: error })
    },
  })
  onScopeDispose(() => abort.abort())

  function accept(event: EngineStatus): void {
    status.value = event
    if (event.kind === 'lost') loss.value = event
    // A model that is no longer in memory may come back with another device or after its files changed.
    if (event.kind === 'ready') loadedModels.value = new Map([...loadedModels.value].filter(([id, { device }]) => deviceOf(event, id) === device))
    if (event.kind === 'lost') loadedModels.value = new Map()
  }

  /** Loads unless loaded, and remembers what the engine says about the model. */
  async function load(modelId: ModelId, device: Device): Promise<LoadedModel> {
    const loaded = await client.models.load({ modelId, device })
    loadedModels.value = new Map(loadedModels.value).set(modelId, loaded)
    return loaded
  }

  /** Asks about a model only when that costs nothing, because it is in memory already. */
  async function recall(modelId: ModelId): Promise<void> {
    if (loadedModels.value.has(modelId) || status.value.kind !== 'ready') return
    const device = deviceOf(status.value, modelId)
    if (device !== undefined) await load(modelId, device)
  }

  function dismissLoss(): void {
    loss.value = null
  }

  const isReady = computed(() => status.value.kind === 'ready' || status.value.kind === 'loading')
  return { status, loss, loadedModels, isReady, load, recall, dismissLoss }
})

/** Where the engine holds the model; undefined when it does not. */
function deviceOf({ loadedModels }: ReadyEngine, modelId: ModelId): Device | undefined {
  return loadedModels.find((loaded) => loaded.modelId === modelId)?.device
}
