/**
 * @file How fast a device computes a model, within seconds: one and two of the model's own layers and its head are timed, and the
 * rest is extrapolated. It remembers nothing, and does not know what else the machine can offer.
 */
import { existsSync } from 'node:fs'
import type { DeviceSpeed } from '../../../shared/domain/calibration.ts'
import type { ModelLocation, Placement } from '../../../shared/domain/model.ts'
import { readBaseModel, type DecoderConfig } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { quantizedFilePath, quantizedWeights, type QuantizableBase } from '../quantization/quantized-weights.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import { timePasses } from './timed-passes.ts'
import { wholeModelSpeed, type MeasuredParts, type PassTimes } from './whole-model-speed.ts'

export interface CalibrationOptions extends Placement {
  /** Where quantised weights of the whole model may lie already; otherwise those of the measured layers are made for the time being. @default null */
  readonly weightsDir?: string | null
  /** @default 0, one per core */
  readonly threads?: number
  /** Milliseconds of any clock. @default performance.now */
  readonly now?: () => number
}

/**
 * Measures the reasoner's base; the roles compute alike.
 * @throws CheckpointFormatError or DeviceUnavailableError
 */
export async function calibrate({ reasonerDir }: ModelLocation, { device, precision, weightsDir = null, threads = 0, now = () => performance.now() }: CalibrationOptions): Promise<DeviceSpeed> {
  const started = now()
  const { config, weights } = readBaseModel(reasonerDir)
  const { locations, release } = await locate({ config, locations: weights.tensors }, precision, weightsDir)
  const timeLayers = async (numHiddenLayers: number, hasHead: boolean): Promise<PassTimes> => {
    return withDecoder(firstLayers(config, numHiddenLayers), locations, { device, threads, hasHead }, (decoder) => timePasses(decoder, { wantLogits: hasHead, now }))
  }
  try {
    const parts: MeasuredParts = {
      oneLayer: await timeLayers(1, false),
      twoLayers: config.numHiddenLayers > 1 ? await timeLayers(2, false) : null,
      withHead: await timeLayers(1, true),
    }
    return { device, precision, ...wholeModelSpeed(parts, config.numHiddenLayers), elapsedMs: now() - started, measuredAt: Date.now() }
  } finally {
    await release()
  }
}

/** Where the layers to be measured lie in that precision. Quantising the whole model would take longer than a calibration may. */
async function locate(base: QuantizableBase, precision: Placement['precision'], weightsDir: string | null): Promise<{ locations: WeightLocations; release: () => Promise<void> }> {
  if (precision === 'f32') return { locations: base.locations, release: () => Promise.resolve() }
  if (weightsDir !== null && existsSync(quantizedFilePath(base, precision, weightsDir))) return quantizedWeights(base, precision, weightsDir)
  return quantizedWeights({ ...base, config: firstLayers(base.config, Math.min(2, base.config.numHiddenLayers)) }, precision, null)
}

function firstLayers(config: DecoderConfig, numHiddenLayers: number): DecoderConfig {
  return { ...config, numHiddenLayers }
}

interface PartOptions {
  readonly device: Placement['device']
  readonly threads: number
  readonly hasHead: boolean
}

/** Opens a decoder of the config's first layers for as long as `use` takes. */
async function withDecoder<Result>(config: DecoderConfig, locations: WeightLocations, options: PartOptions, use: (decoder: DecoderSession) => Promise<Result>): Promise<Result> {
  const decoder = await DecoderSession.create(config, locations, { ...options, loraModules: new Set() })
  try {
    return await use(decoder)
  } finally {
    await decoder.release()
  }
}
