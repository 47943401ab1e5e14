/** @file The library of models as the rooms see it: bundled ones and those in the log. It does not know what a model holds. */
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { ModelEntry, PlacementChoice } from '../../shared/domain/model.ts'
import { addToLibrary, listLibrary, resolveModel } from '../hub/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import { ModelNotFoundError } from '../sessions/index.ts'
import type { ModelLibrary } from './context.ts'

type LibraryLog = Pick<ExperimentLog, 'listModels' | 'addModel' | 'removeModel' | 'listPlacements' | 'placeModel'>

/** @param asked in place of what the models' entries say, until they are placed anew: what the command line asks for */
export function openModelLibrary(log: LibraryLog, resourcesDir: string, asked: Partial<PlacementChoice> = {}): ModelLibrary {
  const placedSince = new Set<ModelId>()
  const shown = (model: ModelEntry): ModelEntry => (placedSince.has(model.id) ? model : { ...model, placement: { ...model.placement, ...asked } })
  const find: ModelLibrary['find'] = async (modelId) => {
    const model = await resolveModel(log, resourcesDir, modelId)
    return model === undefined ? null : shown(model)
  }
  return {
    list: async () => (await listLibrary(log, resourcesDir)).map(shown),
    find,
    add: async (model) => shown(await addToLibrary(log, model)),
    async place(modelId, placement) {
      const model = await find(modelId)
      if (model === null) return null
      await log.placeModel(modelId, placement)
      placedSince.add(modelId)
      return { ...model, placement }
    },
    remove: (modelId) => log.removeModel(modelId),
  }
}

/** Raises ModelNotFoundError. */
export async function requireModel(modelLibrary: ModelLibrary, modelId: ModelId): Promise<ModelEntry> {
  const model = await modelLibrary.find(modelId)
  if (model === null) throw new ModelNotFoundError(modelId)
  return model
}
