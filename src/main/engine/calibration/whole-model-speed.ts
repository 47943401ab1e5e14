/** @file From the times of one and two layers to the speed of a whole model. It runs nothing. */
import type { DeviceSpeed } from '../../../shared/domain/calibration.ts'

/** Rows of the pass that stands for evaluations and rollouts. */
export const BATCH_ROWS = 8
/** Positions of the pass that stands for a prompt. */
export const PREFILL_LENGTH = 128

/** Milliseconds of one pass of each kind. */
export interface PassTimes {
  /** One token of one row. */
  readonly decode: number
  /** One token of each of `BATCH_ROWS`. */
  readonly batch: number
  /** `PREFILL_LENGTH` tokens of one row. */
  readonly prefill: number
}

export interface MeasuredParts {
  /** What a pass costs once (its feeds, the embedding) and a layer. */
  readonly oneLayer: PassTimes
  /** The same with a second layer; null for a model that has one. */
  readonly twoLayers: PassTimes | null
  /** A layer and the head. */
  readonly withHead: PassTimes
}

/** Tokens a second of a model of `numHiddenLayers` such layers. */
export function wholeModelSpeed(parts: MeasuredParts, numHiddenLayers: number): Pick<DeviceSpeed, 'decodeTokensPerSecond' | 'batchTokensPerSecond' | 'prefillTokensPerSecond'> {
  const passMs = (pass: keyof PassTimes): number => {
    const { oneLayer, twoLayers, withHead } = parts
    // Where the clock tells no difference, a further layer costs nothing that could be measured.
    const furtherLayer = twoLayers === null ? 0 : Math.max(0, twoLayers[pass] - oneLayer[pass])
    return withHead[pass] + (numHiddenLayers - 1) * furtherLayer
  }
  return {
    decodeTokensPerSecond: 1000 / passMs('decode'),
    batchTokensPerSecond: (1000 * BATCH_ROWS) / passMs('batch'),
    prefillTokensPerSecond: (1000 * PREFILL_LENGTH) / passMs('prefill'),
  }
}
