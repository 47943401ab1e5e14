/** @file Whether a model fits into the memory that is left, before it is loaded, and what it then took. It loads nothing. */
import type { MemoryEstimate } from '../../../shared/domain/health.ts'
import type { Device, LoadedModel, ModelLocation, Placement } from '../../../shared/domain/model.ts'
import { ENGINE_BYTES, estimateMemory, ownTensors, tokenizerFileBytes } from '../checkpoint/index.ts'
import { availableMemory, forgetPeak, processMemory } from '../runtime/process-memory.ts'
import { planModel, type ModelPlan } from './model-plan.ts'

/** Loading would take more than this machine has left. */
export class MemoryInsufficientError extends Error {
  override readonly name = 'MemoryInsufficientError'
  readonly device: Device
  readonly neededBytes: number
  readonly availableBytes: number

  constructor(device: Device, neededBytes: number, availableBytes: number) {
    super(`Loading this model takes about ${gigabytes(neededBytes)} of memory, and ${gigabytes(availableBytes)} are free.`)
    this.device = device
    this.neededBytes = neededBytes
    this.availableBytes = availableBytes
  }
}

/** What loading would take at each of the placements. Throws CheckpointFormatError. */
export async function estimatePlacements(location: ModelLocation, placements: readonly Placement[]): Promise<{ estimates: MemoryEstimate[]; availableBytes: number }> {
  const plan = await planModel(location)
  return { estimates: placements.map((placement) => estimatePlan(plan, placement, true)), availableBytes: availableMemory() }
}

/** @param savesPacked whether packed weights may be written */
export function estimatePlan({ bases, checkpoint, reasoner }: ModelPlan, placement: Placement, savesPacked: boolean): MemoryEstimate {
  const own = checkpoint === undefined ? [] : [...ownTensors(checkpoint).values()]
  return estimateMemory(bases, own.reduce((sum, { data }) => sum + data.byteLength, 0), placement, { savesPacked, tokenizerBytes: tokenizerFileBytes(reasoner.directory) })
}

/**
 * Begins to measure a load. Throws MemoryInsufficientError where it cannot fit; mapped files count as needed, as in the estimate, and what the
 * system's cache holds of them counts as free.
 */
export function watchMemory({ device, peakBytes, residentBytes }: MemoryEstimate): { read(): LoadedModel['memory'] } {
  const neededBytes = Math.max(peakBytes, residentBytes) - ENGINE_BYTES
  const availableBytes = availableMemory()
  if (neededBytes > availableBytes) throw new MemoryInsufficientError(device, neededBytes, availableBytes)
  const before = processMemory()?.residentBytes ?? ENGINE_BYTES
  const isForgotten = forgetPeak()
  return {
    read: () => ({ estimatedBytes: before + peakBytes - ENGINE_BYTES, measuredBytes: isForgotten ? (processMemory()?.peakBytes ?? null) : null }),
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
