/**
 * @file Where models are loaded: makes of a choice a device, measures the devices where `auto` has to choose, and falls back to the CPU with
 * the reason where a device fails. It knows neither sessions nor jobs, nor how anything is measured or loaded.
 */
import type { Calibration } from '../../shared/domain/calibration.ts'
import type { MemoryEstimate } from '../../shared/domain/health.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import { precisionSchema, type Device, type DeviceFallback, type LoadedModel, type ModelEntry, type Placement, type PlacementChoice, type Precision } from '../../shared/domain/model.ts'
import { EngineCallError, EngineDisposedError, type CallOptions, type EngineHost, type EngineLoadRequest, type StandingModel, type StartEngine } from '../engine-host/index.ts'
import { reasonToFallBack } from './fallback-reason.ts'
import { fastestFirst, measureDevices } from './measure-devices.ts'
import type { SpeedBook } from './speed-book.ts'

export interface DeviceRoomParts {
  /** The app's engine: it knows the devices and looks into models that are not loaded. */
  readonly engine: EngineHost
  readonly startEngine: StartEngine
  readonly book: SpeedBook
  /** Where quantised and packed weights are written once; null where nothing may be. */
  readonly weightsDir: string | null
}

export type PlacedModel = Pick<ModelEntry, 'id' | 'location' | 'placement'>
export type PlaceOptions = Pick<CallOptions, 'signal' | 'onProgress'>
type WatchOptions = Pick<CallOptions, 'onProgress'>

export class DeviceRoom {
  readonly #parts: DeviceRoomParts
  /** Asked for by hand, and remembered for as long as the app runs. */
  readonly #choices = new Map<ModelId, PlacementChoice>()
  /** Why a device is not tried again for a model, until somebody asks for it. */
  readonly #losses = new Map<ModelId, Map<Device, string>>()
  readonly #watched = new WeakSet<EngineHost>()
  readonly #measuring = new Map<string, Promise<Calibration>>()
  readonly #shapes = new Map<ModelId, Promise<string>>()
  readonly #closing = new AbortController()
  #devices: Promise<Device[]> | null = null

  constructor(parts: DeviceRoomParts) {
    this.#parts = parts
  }

  /** The model as it stands in that engine, or loaded as it is to be. Throws what the engine throws on the CPU. */
  async require(engine: EngineHost, model: PlacedModel, options: PlaceOptions = {}): Promise<LoadedModel> {
    // Whoever loads it is told of a failure, and falls back; so does this one.
    const standing = (await engine.standing(model.id)?.catch(() => null)) ?? null
    return standing === null || this.hasLost(model.id, standing.device) ? this.load(engine, model, options) : standing
  }

  /** Loads a model unless it stands as it is to be already. `choice` stands above what its entry says. Throws what the engine throws on the CPU. */
  async load(engine: EngineHost, model: PlacedModel, { choice = this.choiceOf(model), ...options }: PlaceOptions & { choice?: PlacementChoice } = {}): Promise<LoadedModel> {
    this.#watch(engine)
    const { request, fallback } = await this.resolve(model, choice, {
      onProgress: (stage, fraction) => {
        engine.tellLoading(model.id, stage, fraction)
        options.onProgress?.(stage, fraction)
      },
    })
    try {
      return await engine.load(request, { ...options, fallback })
    } catch (error) {
      const reason = request.device === 'cpu' || options.signal?.aborted === true ? null : reasonToFallBack(error)
      if (reason === null) throw error
      this.noteLoss(model.id, request.device, reason)
      return engine.load({ ...request, device: 'cpu' }, { ...options, fallback: { device: request.device, reason } })
    }
  }

  /** Where the model is to be loaded: as was asked last while the app ran, else as its entry says. */
  choiceOf({ id, placement }: PlacedModel): PlacementChoice {
    return this.#choices.get(id) ?? placement
  }

  /** Asks for a placement while the app runs, also where its device was lost; null asks for the entry's again. */
  choose(modelId: ModelId, choice: PlacementChoice | null): void {
    if (choice === null) return void this.#choices.delete(modelId)
    this.forgive(modelId)
    this.#choices.set(modelId, choice)
  }

  /** Devices that were lost are tried again for the model. */
  forgive(modelId: ModelId): void {
    this.#losses.delete(modelId)
  }

  /** Whether the model cannot stay on that device. */
  hasLost(modelId: ModelId, device: Device): boolean {
    return device !== 'cpu' && this.#losses.get(modelId)?.has(device) === true
  }

  /** From now on the model is loaded on the CPU where it would be on this device, and tells why. */
  noteLoss(modelId: ModelId, device: Device, reason: string): void {
    this.#losses.set(modelId, new Map(this.#losses.get(modelId)).set(device, reason))
  }

  /** A choice as the engine is to be asked. Throws what the engine throws where the model cannot be read. */
  async resolve({ id: modelId, location }: PlacedModel, { device: asked, precision }: PlacementChoice, options: WatchOptions = {}): Promise<{ request: EngineLoadRequest; fallback: DeviceFallback | null }> {
    const device = asked === 'auto' ? await this.#fastest({ id: modelId, location }, precision, options) : asked
    const reason = device === 'cpu' ? null : (this.#losses.get(modelId)?.get(device) ?? null)
    const request = { modelId, location, precision, weightsDir: this.#parts.weightsDir }
    return reason === null ? { request: { ...request, device }, fallback: null } : { request: { ...request, device: 'cpu' }, fallback: { device, reason } }
  }

  /** Where it would be loaded as things stand; null where devices would be measured first, or the model cannot be read. Throws EngineLostError. */
  async foresee(model: PlacedModel): Promise<Placement | null> {
    const { device: asked, precision } = this.choiceOf(model)
    const device = asked === 'auto' ? await this.#fastestKnown(model, precision).catch(unlessLost) : asked
    return device === null ? null : { device: this.hasLost(model.id, device) ? 'cpu' : device, precision }
  }

  /** What loading would take at each placement that this machine may offer. */
  async estimate({ location }: Pick<PlacedModel, 'location'>): Promise<{ estimates: MemoryEstimate[]; availableBytes: number }> {
    const devices = await this.#possible()
    const placements = devices.flatMap((device) => precisionSchema.options.map((precision) => ({ device, precision })))
    return this.#parts.engine.call('estimateMemory', { location, placements })
  }

  /** What was measured before; null where nothing was. */
  async calibration(model: Pick<PlacedModel, 'id' | 'location'>, precision: Precision): Promise<Calibration | null> {
    return this.#parts.book.find(await this.#shapeOf(model), precision)
  }

  /** Measures every device that was not measured yet, or all `again`. Those who ask at the same time share one measurement. */
  async calibrate(model: Pick<PlacedModel, 'id' | 'location'>, precision: Precision, { again = false, ...options }: WatchOptions & { again?: boolean } = {}): Promise<Calibration> {
    const shape = await this.#shapeOf(model)
    return this.#measure(`all ${precision} ${shape}`, async () => {
      const known = again ? null : this.#parts.book.find(shape, precision)
      return this.#complete(model, { shape, precision, known, devices: await this.#possible() }, options)
    })
  }

  /** Ends a measurement under way. */
  dispose(): void {
    this.#closing.abort(new EngineDisposedError())
  }

  /** Another device than the CPU is worth measuring the CPU for only where it computes at all. */
  async #fastest(model: Pick<PlacedModel, 'id' | 'location'>, precision: Precision, options: WatchOptions): Promise<Device> {
    const { book } = this.#parts
    const devices = await this.#possible()
    if (devices.length < 2 || !book.isKept) return 'cpu'
    const shape = await this.#shapeOf(model)
    const { speeds } = await this.#measure(`auto ${precision} ${shape}`, async () => {
      const others = await this.#complete(model, { shape, precision, known: book.find(shape, precision), devices: devices.filter((device) => device !== 'cpu') }, options)
      return others.speeds.length === 0 ? others : this.#complete(model, { shape, precision, known: others, devices }, options)
    })
    return speeds[0]?.device ?? 'cpu'
  }

  /** As `#fastest`, of what was measured before; null where that does not tell. */
  async #fastestKnown(model: Pick<PlacedModel, 'id' | 'location'>, precision: Precision): Promise<Device | null> {
    const devices = await this.#possible()
    if (devices.length < 2 || !this.#parts.book.isKept) return 'cpu'
    const { speeds, unavailable } = (await this.calibration(model, precision)) ?? { speeds: [], unavailable: [] }
    const needed = speeds.length === 0 ? devices.filter((device) => device !== 'cpu') : devices
    const isKnown = needed.every((device) => [...speeds, ...unavailable].some((measured) => measured.device === device))
    return isKnown ? (speeds[0]?.device ?? 'cpu') : null
  }

  /** Adds to what is known of some devices what is not, and keeps it. */
  async #complete(
    { location }: Pick<PlacedModel, 'location'>,
    { shape, precision, known, devices }: { shape: string; precision: Precision; known: Calibration | null; devices: readonly Device[] },
    options: WatchOptions,
  ): Promise<Calibration> {
    const former = known ?? { shape, speeds: [], unavailable: [] }
    const missing = devices.filter((device) => ![...former.speeds, ...former.unavailable].some((measured) => measured.device === device))
    if (missing.length === 0) return former
    const { startEngine, weightsDir, book } = this.#parts
    const found = await measureDevices(startEngine, missing, { location, precision, weightsDir }, { ...options, signal: this.#closing.signal })
    const calibration = { shape, speeds: fastestFirst([...former.speeds, ...found.speeds]), unavailable: [...former.unavailable, ...found.unavailable] }
    book.keep(calibration, precision)
    return calibration
  }

  #measure(key: string, measure: () => Promise<Calibration>): Promise<Calibration> {
    const known = this.#measuring.get(key)
    if (known !== undefined) return known
    const measuring = measure().finally(() => this.#measuring.delete(key))
    this.#measuring.set(key, measuring)
    return measuring
  }

  #possible(): Promise<Device[]> {
    this.#devices ??= this.#parts.engine.call('listDevices', null).catch((error: unknown) => {
      this.#devices = null
      throw error
    })
    return this.#devices
  }

  #shapeOf({ id, location }: Pick<PlacedModel, 'id' | 'location'>): Promise<string> {
    const known = this.#shapes.get(id)
    if (known !== undefined) return known
    const asking = this.#parts.engine.call('modelShape', { location }).catch((error: unknown) => {
      this.#shapes.delete(id)
      throw error
    })
    this.#shapes.set(id, asking)
    return asking
  }

  /** A driver may take the whole process along: what stood on its device then is not loaded there again by itself. */
  #watch(engine: EngineHost): void {
    if (this.#watched.has(engine)) return
    this.#watched.add(engine)
    const noteLosses = (reason: string, stood: readonly StandingModel[]): void => {
      for (const { modelId, device } of stood) this.noteLoss(modelId, device, reason)
    }
    // Whoever kills from outside, be it for memory, says nothing of the device.
    engine.onLost((error, stood) => {
      if (error.signal !== 'SIGKILL') noteLosses(error.message, stood)
    })
    engine.onDeviceLost(noteLosses)
  }
}

/** null for what the engine answered instead. */
function unlessLost(error: unknown): null {
  if (error instanceof EngineCallError) return null
  throw error
}
