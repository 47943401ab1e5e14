/** @file Commands over the model that the Models view shows; they do not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import type { useModelsStore } from '../stores/models.ts'
import type { usePlacementsStore } from '../stores/placements.ts'
import type { Command } from './command.ts'

export const modelCommandIds = { load: 'models.load', unload: 'models.unload', measure: 'models.measure' } as const

export interface ModelStores {
  models: ReturnType<typeof useModelsStore>
  placements: ReturnType<typeof usePlacementsStore>
}

export function createModelCommands({ models, placements }: ModelStores, router: Router): Command[] {
  function shown(): ModelEntry | null {
    const { name, params } = router.currentRoute.value
    return name === 'models' ? models.shownAt(params.modelId) : null
  }

  /** Of the shown model. */
  function acting(id: string, title: string, shortcut: string, isPossible: (model: ModelEntry) => boolean, act: (model: ModelEntry) => Promise<void>): Command {
    const possible = (): ModelEntry | null => {
      const model = shown()
      return model !== null && isPossible(model) ? model : null
    }
    return {
      id,
      title,
      shortcut,
      isEnabled: () => possible() !== null,
      run: async () => {
        const model = possible()
        if (model !== null) await act(model)
      },
    }
  }

  const isIdle = (): boolean => !placements.loading.isAsking
  return [
    acting(modelCommandIds.load, 'Load the model as chosen', 'L', (model) => isIdle() && !placements.isStanding(model), placements.load),
    acting(modelCommandIds.unload, 'Take the model out of memory', 'U', (model) => isIdle() && placements.isLoaded(model), placements.unload),
    acting(modelCommandIds.measure, 'Measure how fast each device computes this model', 'M', () => !placements.calibrating.isAsking, ({ id, placement }) => placements.calibrate(id, placement.precision)),
  ]
}
