/** @file Models as sessions need them: found in the library, and loaded where they were loaded last. It does not know what one holds. */
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { Device, LoadedModel, ModelEntry } from '../../shared/domain/model.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { ModelNotFoundError } from './errors.ts'

export interface ModelLoaderParts {
  readonly engine: EngineHost
  /** null when the library does not know the model. */
  readonly findModel: (modelId: ModelId) => Promise<ModelEntry | null>
  /** Where models are loaded that were not loaded elsewhere before. */
  readonly device: Device
}

export class ModelLoader {
  readonly #parts: ModelLoaderParts

  constructor(parts: ModelLoaderParts) {
    this.#parts = parts
  }

  /** Where the model stands, or would be loaded. */
  deviceOf(modelId: ModelId): Device {
    return this.#parts.engine.lastDeviceOf(modelId) ?? this.#parts.device
  }

  /** Loads a model unless it is loaded. Raises ModelNotFoundError and whatever the engine raises. */
  async require(modelId: ModelId): Promise<ModelEntry> {
    const model = await this.#find(modelId)
    await this.#parts.engine.load(modelId, model.location, this.deviceOf(modelId))
    return model
  }

  /** Loads a model on a device; `beforeMove` runs first where it has to leave another. Raises as `require` does. */
  async loadOn(modelId: ModelId, device: Device, beforeMove: (from: Device) => Promise<void>): Promise<LoadedModel> {
    const model = await this.#find(modelId)
    const present = this.#parts.engine.lastDeviceOf(modelId)
    if (present !== null && present !== device) await beforeMove(present)
    return this.#parts.engine.load(modelId, model.location, device)
  }

  async #find(modelId: ModelId): Promise<ModelEntry> {
    const model = await this.#parts.findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    return model
  }
}
