/** @file Measures devices one after the other, in an engine process of its own that a driver may take along. It remembers nothing. */
import type { Calibration, DeviceSpeed } from '../../shared/domain/calibration.ts'
import type { Device, DeviceFallback } from '../../shared/domain/model.ts'
import type { LoadRequest } from '../engine/protocol.ts'
import { EngineHost, type StartEngine } from '../engine-host/index.ts'
import { reasonToFallBack } from './fallback-reason.ts'

export interface MeasureOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (stage: string, fraction: number) => void
}

/** A measurement takes seconds; a driver that has not answered by then never will. */
const ANSWER_LIMIT_MS = 120_000

/**
 * Speeds fastest first, by decoding one row; a device that cannot be used comes with its reason.
 * @throws what says that the model itself cannot be read, or the signal's reason
 */
export async function measureDevices(
  startEngine: StartEngine,
  devices: readonly Device[],
  request: Omit<LoadRequest, 'device'>,
  { signal, onProgress }: MeasureOptions,
): Promise<Omit<Calibration, 'shape'>> {
  const speeds: DeviceSpeed[] = []
  const unavailable: DeviceFallback[] = []
  // Started again by the next call where it died of a device, and by us where a device has it hang.
  let engine: EngineHost | null = null
  try {
    for (const [index, device] of devices.entries()) {
      onProgress?.(`measuring ${device}`, index / devices.length)
      engine ??= new EngineHost(startEngine, { restartDelaysMs: [], disposeLimitMs: 0 })
      const limit = AbortSignal.timeout(ANSWER_LIMIT_MS)
      const found = await measure(engine, { ...request, device }, { signal, limit })
      if ('reason' in found) unavailable.push(found)
      else speeds.push(found)
      if (!limit.aborted) continue
      await engine.dispose()
      engine = null
    }
  } finally {
    await engine?.dispose()
  }
  return { speeds: fastestFirst(speeds), unavailable }
}

/** By decoding one row. */
export function fastestFirst(speeds: readonly DeviceSpeed[]): DeviceSpeed[] {
  return speeds.toSorted((one, other) => other.decodeTokensPerSecond - one.decodeTokensPerSecond)
}

async function measure(engine: EngineHost, request: LoadRequest, { signal, limit }: { signal: AbortSignal; limit: AbortSignal }): Promise<DeviceSpeed | DeviceFallback> {
  try {
    return await engine.call('calibrate', request, { signal: AbortSignal.any([limit, signal]) })
  } catch (error) {
    signal.throwIfAborted()
    const reason = limit.aborted ? `It did not answer within ${ANSWER_LIMIT_MS / 1000} s.` : reasonToFallBack(error)
    if (reason === null) throw error
    return { device: request.device, reason }
  }
}
