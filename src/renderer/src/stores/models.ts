/** @file The model library as the views list it. It does not know what a model generates. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { CheckpointHealth } from '../../../shared/domain/health.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry, ModelLocation, PlacementChoice } from '../../../shared/domain/model.ts'
import { useHost } from './host.ts'

export const useModelsStore = defineStore('models', () => {
  const { client } = useHost()
  /** null until the first answer. */
  const models = shallowRef<readonly ModelEntry[] | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const isLoading = shallowRef(false)

  async function refresh(): Promise<void> {
    isLoading.value = true
    try {
      models.value = await client.models.list()
      failure.value = null
    } catch (error) {
      failure.value = describeFailure(error)
    } finally {
      isLoading.value = false
    }
  }

  async function add(name: string, location: ModelLocation): Promise<ModelEntry> {
    const entry = await client.models.add({ name, location })
    models.value = [...(models.value ?? []).filter((model) => model.id !== entry.id), entry]
    return entry
  }

  async function remove(modelId: ModelId): Promise<void> {
    await client.models.remove({ modelId })
    models.value = models.value?.filter((model) => model.id !== modelId) ?? null
  }

  /** Remembers where the model is loaded from now on; the choice is seen at once, and taken back where the host refuses it. */
  async function place(modelId: ModelId, placement: PlacementChoice): Promise<void> {
    const before = models.value
    replace(modelId, (model) => ({ ...model, placement }))
    try {
      const entry = await client.models.place({ modelId, placement })
      replace(modelId, () => entry)
      failure.value = null
    } catch (error) {
      models.value = before
      failure.value = describeFailure(error)
    }
  }

  function replace(modelId: ModelId, change: (model: ModelEntry) => ModelEntry): void {
    models.value = models.value?.map((model) => (model.id === modelId ? change(model) : model)) ?? null
  }

  function inspect(modelId: ModelId, options: { sha256: boolean; signal: AbortSignal }): Promise<CheckpointHealth> {
    return client.models.inspect({ modelId, sha256: options.sha256 }, { signal: options.signal })
  }

  function entryOf(modelId: ModelId): ModelEntry | null {
    return models.value?.find((model) => model.id === modelId) ?? null
  }

  /** What the Models view shows at an address: that model, else the first; null in an empty library. */
  function shownAt(address: unknown): ModelEntry | null {
    return models.value?.find(({ id }) => id === address) ?? models.value?.[0] ?? null
  }

  return { models, failure, isLoading, refresh, add, remove, place, inspect, entryOf, shownAt }
})
