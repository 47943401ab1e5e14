/** @file What a model takes at each placement, and how well what was estimated came true, in the words the panel shows. */
import type { MemoryEstimate } from '../../../../shared/domain/health.ts'
import type { LoadedModel, Placement } from '../../../../shared/domain/model.ts'
import { formatBytes, formatPercent } from '../../charts/format.ts'
import type { ModelMemory } from '../../stores/placements.ts'

export interface PlacementRow extends Placement {
  readonly isChosen: boolean
  readonly peak: string
  readonly resident: string
  /** null where no placement takes graphics memory. */
  readonly graphics: string | null
  readonly sideFile: string
  /** With the numbers; null where it fits. */
  readonly shortage: string | null
}

/** In the order of the estimates. `chosen` is what the user's choice stands for now. */
export function placementRows({ estimates, availableBytes }: ModelMemory, chosen: Placement): PlacementRow[] {
  const hasGraphics = estimates.some(({ deviceBytes }) => deviceBytes > 0)
  return estimates.map(({ device, precision, peakBytes, residentBytes, deviceBytes, sideFileBytes }) => ({
    device,
    precision,
    isChosen: device === chosen.device && precision === chosen.precision,
    peak: formatBytes(peakBytes),
    resident: formatBytes(residentBytes),
    graphics: hasGraphics ? amount(deviceBytes) : null,
    sideFile: amount(sideFileBytes),
    shortage: peakBytes > availableBytes ? `does not fit: needs ${formatBytes(peakBytes)}, ${formatBytes(availableBytes)} are available` : null,
  }))
}

const amount = (sizeBytes: number): string => (sizeBytes === 0 ? 'none' : formatBytes(sizeBytes))

/** A context length people reason with. */
const CONTEXT_TOKENS = 1024

/** What the memory of one placement consists of. */
export function memoryLines(memory: MemoryEstimate): { name: string; value: string }[] {
  return [
    { name: 'Base weights', value: `${formatBytes(memory.weightsBytes)} in ${memory.baseCopies} ${memory.baseCopies === 1 ? 'copy' : 'copies'}` },
    { name: 'Memory parts', value: formatBytes(memory.memoryPartsBytes) },
    { name: `Cache at ${CONTEXT_TOKENS} tokens`, value: formatBytes(memory.cacheBytesPerToken * CONTEXT_TOKENS) },
  ]
}

/** "412 MiB at its highest while loading; 405 MiB were estimated, 1.7 % less". */
export function measuredLine({ estimatedBytes, measuredBytes }: LoadedModel['memory']): string {
  if (measuredBytes === null) return `${formatBytes(estimatedBytes)} estimated; this system does not tell what was used`
  const difference = measuredBytes === 0 ? 0 : (estimatedBytes - measuredBytes) / measuredBytes
  const comparison = difference === 0 ? 'as measured' : `${formatPercent(Math.abs(difference))} ${difference > 0 ? 'more' : 'less'}`
  return `${formatBytes(measuredBytes)} at its highest while loading; ${formatBytes(estimatedBytes)} were estimated, ${comparison}`
}
