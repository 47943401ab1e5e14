/** @file The library of models as the rooms see it: bundled ones and those in the log. It does not know what a model holds. */
import { addToLibrary, listLibrary, resolveModel } from '../hub/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import type { Library } from './context.ts'

export function openLibrary(log: Pick<ExperimentLog, 'listModels' | 'addModel' | 'removeModel'>, resourcesDir: string): Library {
  return {
    list: () => listLibrary(log, resourcesDir),
    find: async (modelId) => (await resolveModel(log, resourcesDir, modelId)) ?? null,
    add: (model) => addToLibrary(log, model),
    remove: (modelId) => log.removeModel(modelId),
  }
}
