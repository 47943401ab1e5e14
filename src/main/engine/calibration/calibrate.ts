/**
 * @file How fast a device computes a model, within seconds: one and two of the model's own layers and its head are timed, and the
 * rest is extrapolated. It remembers nothing, and does not know what else the machine can offer.
 */
import type { DeviceSpeed } from '../../../shared/domain/calibration.ts'
import type { ModelLocation, Placement } from '../../../shared/domain/model.ts'
import { readBaseModel, type DecoderConfig } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import { timePasses } from './timed-passes.ts'
import { wholeModelSpeed, type MeasuredParts, type PassTimes } from './whole-model-speed.ts'

export interface CalibrationOptions extends Placement {
  /** @default 0, one per core */
  readonly threads?: number
  /** Milliseconds of any clock. @default performance.now */
  readonly now?: () => number
}

/**
 * Measures the reasoner's base; the roles compute alike.
 * @throws CheckpointFormatError or DeviceUnavailableError
 */
export async function calibrate({ reasonerDir }: ModelLocation, { device, precision, threads = 0, now = () => performance.now() }: CalibrationOptions): Promise<DeviceSpeed> {
  const started = now()
  const { config, weights } = readBaseModel(reasonerDir)
  const timeLayers = async (numHiddenLayers: number, hasHead: boolean): Promise<PassTimes> => {
    const part = { ...config, numHiddenLayers }
    return withDecoder(part, weights.tensors, { device, threads, hasHead }, (decoder) => timePasses(decoder, { wantLogits: hasHead, now }))
  }
  const parts: MeasuredParts = {
    oneLayer: await timeLayers(1, false),
    twoLayers: config.numHiddenLayers > 1 ? await timeLayers(2, false) : null,
    withHead: await timeLayers(1, true),
  }
  return { device, precision, ...wholeModelSpeed(parts, config.numHiddenLayers), elapsedMs: now() - started, measuredAt: Date.now() }
}

interface PartOptions {
  readonly device: Placement['device']
  readonly threads: number
  readonly hasHead: boolean
}

/** Opens a decoder of the config's first layers for as long as `use` takes. */
async function withDecoder<Result>(config: DecoderConfig, locations: WeightLocations, options: PartOptions, use: (decoder: DecoderSession) => Promise<Result>): Promise<Result> {
  const decoder = await DecoderSession.create(config, locations, { ...options, loraModules: new Map() })
  try {
    return await use(decoder)
  } finally {
    await decoder.release()
  }
}
