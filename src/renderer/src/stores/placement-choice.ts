/** @file Which devices a model may be placed on here, and what a choice among them stands for. It does not know what is computed there. */
import type { Calibration, DeviceSpeed } from '../../../shared/domain/calibration.ts'
import type { Device, DeviceFallback, LoadedModel, Placement, PlacementChoice, Precision } from '../../../shared/domain/model.ts'

/** Those that an estimate was made for and that no measurement found unusable. The CPU always is. */
export function possibleDevices(estimates: readonly Placement[], calibrations: ReadonlyMap<Precision, Calibration>): Device[] {
  const refused = new Set(unavailableDevices(calibrations).map(({ device }) => device))
  const offered = new Set<Device>(['cpu', ...estimates.map(({ device }) => device)])
  return [...offered].filter((device) => device === 'cpu' || !refused.has(device))
}

/** Each with the first reason found; one that computed at any precision is there. */
export function unavailableDevices(calibrations: ReadonlyMap<Precision, Calibration>): DeviceFallback[] {
  const known = [...calibrations.values()]
  const computed = new Set(known.flatMap(({ speeds }) => speeds.map(({ device }) => device)))
  const reasons = new Map<Device, DeviceFallback>()
  for (const refusal of known.flatMap(({ unavailable }) => unavailable)) {
    if (!computed.has(refusal.device) && !reasons.has(refusal.device)) reasons.set(refusal.device, refusal)
  }
  return [...reasons.values()]
}

/** Fastest first by decoding one row, over all precisions. */
export function sortedSpeeds(calibrations: ReadonlyMap<Precision, Calibration>): DeviceSpeed[] {
  return [...calibrations.values()].flatMap(({ speeds }) => speeds).sort((a, b) => b.decodeTokensPerSecond - a.decodeTokensPerSecond)
}

/** What a choice stands for, as far as that was measured: the fastest device where it is left to the app. */
export function chosenPlacement({ device, precision }: PlacementChoice, calibrations: ReadonlyMap<Precision, Calibration>): Placement {
  if (device !== 'auto') return { device, precision }
  return { device: calibrations.get(precision)?.speeds[0]?.device ?? 'cpu', precision }
}

/** Whether loading again would change nothing: it stands as chosen, or on the CPU in place of what was chosen. */
export function standsAsChosen(loaded: Pick<LoadedModel, 'device' | 'precision' | 'fallback'>, choice: PlacementChoice): boolean {
  if (loaded.precision !== choice.precision) return false
  return choice.device === 'auto' || choice.device === loaded.device || choice.device === loaded.fallback?.device
}
