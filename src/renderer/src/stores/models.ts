/** @file The model library as the views list it. It does not know what a model generates. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { CheckpointHealth } from '../../../shared/domain/health.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry, ModelLocation } from '../../../shared/domain/model.ts'
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

  function inspect(modelId: ModelId, options: { sha256: boolean; signal: AbortSignal }): Promise<CheckpointHealth> {
    return client.models.inspect({ modelId, sha256: options.sha256 }, { signal: options.signal })
  }

  function entryOf(modelId: ModelId): ModelEntry | null {
    return models.value?.find((model) => model.id === modelId) ?? null
  }

  return { models, failure, isLoading, refresh, add, remove, inspect, entryOf }
})
