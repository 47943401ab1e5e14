/** @file Models as sessions need them: found in the library, and loaded where the devices room says. It does not know what one holds. */
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { LoadedModel, ModelEntry, Placement, PlacementChoice } from '../../shared/domain/model.ts'
import type { DeviceRoom } from '../devices/index.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { ModelNotFoundError } from './errors.ts'

export interface ModelLoaderParts {
  readonly engine: EngineHost
  readonly devices: DeviceRoom
  /** null when the library does not know the model. */
  readonly findModel: (modelId: ModelId) => Promise<ModelEntry | null>
}

export interface RequiredModel {
  readonly model: ModelEntry
  readonly loaded: LoadedModel
}

export class ModelLoader {
  readonly #parts: ModelLoaderParts

  constructor(parts: ModelLoaderParts) {
    this.#parts = parts
  }

  /** Loads a model unless it is loaded. Raises ModelNotFoundError and whatever the engine raises. */
  async require(modelId: ModelId): Promise<RequiredModel> {
    const { engine, devices } = this.#parts
    const model = await this.#find(modelId)
    return { model, loaded: await devices.require(engine, model) }
  }

  /**
   * Loads a model as asked, or as its entry says; `beforeMove` runs first where it has to leave another place. Raises as `require`
   * does.
   */
  async loadAt(modelId: ModelId, choice: PlacementChoice | null, beforeMove: (from: Placement, to: Placement) => Promise<void>): Promise<LoadedModel> {
    const { engine, devices } = this.#parts
    const model = await this.#find(modelId)
    devices.choose(modelId, choice)
    const { request } = await devices.resolve(model, devices.choiceOf(model))
    const present = engine.lastLoaded(modelId)
    if (present !== null && !isSamePlacement(present, request)) await beforeMove(present, request)
    return devices.load(engine, model)
  }

  /** Whether what was loaded there is still there and can compute. */
  isStanding(modelId: ModelId, placement: Placement): boolean {
    const { engine, devices } = this.#parts
    const present = engine.lastLoaded(modelId)
    return present !== null && isSamePlacement(present, placement) && !devices.hasLost(modelId, placement.device)
  }

  async #find(modelId: ModelId): Promise<ModelEntry> {
    const model = await this.#parts.findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    return model
  }
}

export function placementOf({ device, precision }: Placement): Placement {
  return { device, precision }
}

export function isSamePlacement(one: Placement, other: Placement): boolean {
  return one.device === other.device && one.precision === other.precision
}

export function describePlacement({ device, precision }: Placement): string {
  return `${device} ${precision}`
}
