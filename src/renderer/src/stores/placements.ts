/** @file What each placement of a model would take, how fast this machine's devices are as far as that was asked, and loading by hand. It does not know how any of it is shown. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Calibration } from '../../../shared/domain/calibration.ts'
import type { MemoryEstimate } from '../../../shared/domain/health.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import { precisionSchema, type ModelEntry, type Precision } from '../../../shared/domain/model.ts'
import { createAsking } from './asking.ts'
import { useEngineStore } from './engine.ts'
import { useHost } from './host.ts'
import { standsAsChosen } from './placement-choice.ts'

export interface ModelMemory {
  readonly estimates: readonly MemoryEstimate[]
  readonly availableBytes: number
}

/** Of a model, the calibrations that were made; a precision that was never measured is absent. */
export type ModelCalibrations = ReadonlyMap<Precision, Calibration>

export const usePlacementsStore = defineStore('placements', () => {
  const { client } = useHost()
  const engine = useEngineStore()
  const memory = shallowRef<ReadonlyMap<ModelId, ModelMemory>>(new Map())
  const calibrations = shallowRef<ReadonlyMap<ModelId, ModelCalibrations>>(new Map())
  const reading = createAsking()
  const calibrating = createAsking()
  const loading = createAsking()

  function noteCalibration(modelId: ModelId, precision: Precision, calibration: Calibration): void {
    calibrations.value = new Map(calibrations.value).set(modelId, new Map(calibrations.value.get(modelId)).set(precision, calibration))
  }

  async function readMemory(modelId: ModelId, signal: AbortSignal): Promise<void> {
    memory.value = new Map(memory.value).set(modelId, await client.models.estimate({ modelId }, { signal }))
  }

  async function readCalibration(modelId: ModelId, precision: Precision, signal: AbortSignal): Promise<void> {
    const known = await client.models.calibration({ modelId, precision }, { signal })
    if (known !== null) noteCalibration(modelId, precision, known)
  }

  /** What is available now changes, so what is known is asked anew; until then it stays. Nothing is measured. */
  async function read(modelId: ModelId): Promise<void> {
    await reading.ask(async (signal) => {
      await Promise.all([readMemory(modelId, signal), ...precisionSchema.options.map((precision) => readCalibration(modelId, precision, signal))])
    })
  }

  /** Measures every device again for a model of this shape. */
  async function calibrate(modelId: ModelId, precision: Precision): Promise<void> {
    await calibrating.ask(async (signal) => noteCalibration(modelId, precision, await client.models.calibrate({ modelId, precision, again: true }, { signal })))
  }

  /** Where its entry says; afterwards less memory is available, and its devices may have been measured. */
  async function load({ id }: ModelEntry): Promise<void> {
    await loading.ask(async () => void (await engine.load(id)))
    if (loading.state.failure === null) await read(id)
  }

  async function unload({ id }: ModelEntry): Promise<void> {
    await loading.ask(() => engine.unload(id))
    if (loading.state.failure === null) await read(id)
  }

  function isLoaded({ id }: ModelEntry): boolean {
    return engine.standing(id) !== null
  }

  /** Whether loading would change nothing. */
  function isStanding({ id, placement }: ModelEntry): boolean {
    const loaded = engine.standing(id)
    return loaded !== null && standsAsChosen(loaded, placement)
  }

  return { memory, calibrations, reading: reading.state, calibrating: calibrating.state, loading: loading.state, read, calibrate, load, unload, isLoaded, isStanding }
})
