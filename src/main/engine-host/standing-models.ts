/** @file Which models an engine process holds or is about to, and which it held last. It does not know how one is loaded. */
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { DeviceFallback, LoadedModel } from '../../shared/domain/model.ts'
import type { EngineCalls } from '../engine/protocol.ts'

export type EngineLoadRequest = EngineCalls['load']['request']
export type StandingModel = Extract<EngineStatus, { kind: 'ready' }>['loadedModels'][number]

export class StandingModels {
  /** By model: what was asked for, and what comes of it. */
  readonly #loads = new Map<ModelId, { placement: string; loading: Promise<LoadedModel> }>()
  readonly #loaded = new Map<ModelId, LoadedModel>()
  /** Outlives the engine process. */
  readonly #last = new Map<ModelId, LoadedModel>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get isEmpty(): boolean {
    return this.#loads.size === 0
  }

  list(): StandingModel[] {
    return [...this.#loaded].map(([modelId, { device, precision, fallback }]) => ({ modelId, device, precision, fallback }))
  }

  last(modelId: ModelId): LoadedModel | null {
    return this.#last.get(modelId) ?? null
  }

  find(modelId: ModelId): Promise<LoadedModel> | null {
    const loaded = this.#loaded.get(modelId)
    return loaded === undefined ? (this.#loads.get(modelId)?.loading ?? null) : Promise.resolve(loaded)
  }

  /** What comes of `start`, or of the same load before it; `fallback` is told of the model either way. */
  load({ modelId, device, precision }: EngineLoadRequest, fallback: DeviceFallback | null, start: () => Promise<LoadedModel>): Promise<LoadedModel> {
    const placement = `${device} ${precision}`
    const known = this.#loads.get(modelId)
    if (known?.placement === placement) return known.loading.then((model) => (model.fallback?.device === fallback?.device ? model : this.#keep(modelId, { ...model, fallback })))
    this.#loaded.delete(modelId) // the engine takes it from its other place first
    const loading = start().then(
      (loaded) => this.#keep(modelId, { ...loaded, fallback }),
      (error: unknown) => {
        if (this.#loads.get(modelId)?.loading === loading) this.#loads.delete(modelId)
        this.#onChange()
        throw error
      },
    )
    this.#loads.set(modelId, { placement, loading })
    return loading
  }

  /** Forgets a model, once it is loaded; false where it is not. */
  async remove(modelId: ModelId): Promise<boolean> {
    await this.#loads.get(modelId)?.loading.catch(() => undefined) // whoever asked for it is told
    this.#loads.delete(modelId)
    this.#last.delete(modelId)
    return this.#loaded.delete(modelId)
  }

  /** The process is gone. Returns what it held. */
  clear(): StandingModel[] {
    const stood = this.list()
    this.#loads.clear()
    this.#loaded.clear()
    return stood
  }

  #keep(modelId: ModelId, model: LoadedModel): LoadedModel {
    this.#loaded.set(modelId, model)
    this.#last.set(modelId, model)
    this.#onChange()
    return model
  }
}
