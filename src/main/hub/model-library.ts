/** @file The models a user can choose from: the bundled ones and their own. Does not know where the list is kept or what a checkpoint holds. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type ModelId, modelIdSchema } from '../../shared/domain/identifiers.ts'
import type { ModelEntry, ModelLocation } from '../../shared/domain/model.ts'
import { bundledModels } from './bundled-models.ts'

/** Where the user's models are kept; the experiment log is one. */
export interface ModelStore {
  listModels(): Promise<ModelEntry[]>
  addModel(model: Pick<ModelEntry, 'id' | 'name' | 'location' | 'label'>): Promise<ModelEntry>
}

/** Bundled models first, then the user's, oldest first. */
export async function listLibrary(store: Pick<ModelStore, 'listModels'>, resourcesDir: string): Promise<ModelEntry[]> {
  return [...bundledModels(resourcesDir), ...(await store.listModels())]
}

export async function resolveModel(store: Pick<ModelStore, 'listModels'>, resourcesDir: string, modelId: ModelId): Promise<ModelEntry | undefined> {
  return (await listLibrary(store, resourcesDir)).find(({ id }) => id === modelId)
}

/**
 * Adds a model, or renames the one at the same place. Its id follows from where it lies, so that a model taken out and
 * added again finds its traces again.
 */
export async function addToLibrary(store: Pick<ModelStore, 'addModel'>, model: { name: string; location: ModelLocation }): Promise<ModelEntry> {
  const location = absolute(model.location)
  return store.addModel({ id: idOf(location), name: model.name, location, label: null })
}

function absolute({ reasonerDir, weaverDir, triggerDir, checkpointDir }: ModelLocation): ModelLocation {
  return {
    reasonerDir: resolve(reasonerDir),
    ...(weaverDir !== undefined && { weaverDir: resolve(weaverDir) }),
    ...(triggerDir !== undefined && { triggerDir: resolve(triggerDir) }),
    ...(checkpointDir !== undefined && { checkpointDir: resolve(checkpointDir) }),
  }
}

function idOf({ reasonerDir, weaverDir, triggerDir, checkpointDir }: ModelLocation): ModelId {
  const places = JSON.stringify([reasonerDir, weaverDir ?? null, triggerDir ?? null, checkpointDir ?? null])
  return modelIdSchema.parse(`local-${createHash('sha256').update(places).digest('hex').slice(0, 16)}`)
}
