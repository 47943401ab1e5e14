/** @file The models a user can choose from: the bundled ones and their own. Does not know where the list is kept or what a checkpoint holds. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type ModelId, modelIdSchema } from '../../shared/domain/identifiers.ts'
import { type ModelEntry, type ModelLocation, type PlacementChoice, placementChoiceSchema } from '../../shared/domain/model.ts'
import { bundledModels } from './bundled-models.ts'

/** Where the user's models are kept; the experiment log is one. */
export interface ModelStore {
  listModels(): Promise<Omit<ModelEntry, 'placement'>[]>
  addModel(model: Pick<ModelEntry, 'id' | 'name' | 'location' | 'label'>): Promise<Omit<ModelEntry, 'placement'>>
  /** Of the models that were placed, bundled ones included. */
  listPlacements(): Promise<ReadonlyMap<ModelId, PlacementChoice>>
}

/** The fastest device there is, with the weights as their files say. */
const DEFAULT_PLACEMENT: PlacementChoice = placementChoiceSchema.parse({})

/** Bundled models first, then the user's, oldest first. */
export async function listLibrary(store: Omit<ModelStore, 'addModel'>, resourcesDir: string): Promise<ModelEntry[]> {
  const placements = await store.listPlacements()
  const models = [...bundledModels(resourcesDir), ...(await store.listModels())]
  return models.map((model) => ({ ...model, placement: placements.get(model.id) ?? DEFAULT_PLACEMENT }))
}

/** A bundled model or one of the user’s; undefined where neither has the id. */
export async function resolveModel(store: Omit<ModelStore, 'addModel'>, resourcesDir: string, modelId: ModelId): Promise<ModelEntry | undefined> {
  return (await listLibrary(store, resourcesDir)).find(({ id }) => id === modelId)
}

/**
 * Adds a model, or renames the one at the same place. Its id follows from where it lies, so that a model taken out and
 * added again finds its traces again.
 */
export async function addToLibrary(store: Omit<ModelStore, 'listModels'>, model: { name: string; location: ModelLocation }): Promise<ModelEntry> {
  const location = absolute(model.location)
  const added = await store.addModel({ id: idOf(location), name: model.name, location, label: null })
  return { ...added, placement: (await store.listPlacements()).get(added.id) ?? DEFAULT_PLACEMENT }
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
