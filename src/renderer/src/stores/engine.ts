/** @file How the engine fares, and what this page knows about the models it holds. It does not know sessions. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { EngineStatus } from '../../../shared/domain/engine-status.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { DeviceFallback, LoadedModel, Placement } from '../../../shared/domain/model.ts'
import { useHost } from './host.ts'
import { subscribe } from './subscription.ts'

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
    // A model that is no longer in memory may come back elsewhere or after its files changed.
    if (event.kind === 'ready') loadedModels.value = new Map([...loadedModels.value].filter(([id, loaded]) => isAt(standing(id), loaded)))
    if (event.kind === 'lost') loadedModels.value = new Map()
  }

  /** Loads where the library says unless it stands there, and remembers what the engine says about the model. */
  async function load(modelId: ModelId): Promise<LoadedModel> {
    const loaded = await client.models.load({ modelId })
    loadedModels.value = new Map(loadedModels.value).set(modelId, loaded)
    return loaded
  }

  /** Asks about a model that is in memory already; it stays where it is. */
  async function recall(modelId: ModelId): Promise<void> {
    if (loadedModels.value.has(modelId) || standing(modelId) === null) return
    const loaded = await client.models.loaded({ modelId })
    // It may have been moved or unloaded meanwhile.
    if (loaded !== null && isAt(standing(modelId), loaded)) loadedModels.value = new Map(loadedModels.value).set(modelId, loaded)
  }

  async function unload(modelId: ModelId): Promise<void> {
    await client.models.unload({ modelId })
    loadedModels.value = new Map([...loadedModels.value].filter(([id]) => id !== modelId))
  }

  function dismissLoss(): void {
    loss.value = null
  }

  /** Where the engine holds the model, and why it is elsewhere than meant; null when it does not hold it. */
  function standing(modelId: ModelId): (Placement & { fallback: DeviceFallback | null }) | null {
    return status.value.kind === 'ready' ? (status.value.loadedModels.find((loaded) => loaded.modelId === modelId) ?? null) : null
  }

  const isReady = computed(() => status.value.kind === 'ready' || status.value.kind === 'loading')
  return { status, loss, loadedModels, isReady, standing, load, unload, recall, dismissLoss }
})

function isAt(placement: Placement | null, { device, precision }: Placement): boolean {
  return placement?.device === device && placement.precision === precision
}
