/** @file A health report in the order and words the panel shows. */
import type { HealthCheck, HealthVerdict, MemoryEstimate } from '../../../../shared/domain/health.ts'
import { formatBytes } from '../../charts/format.ts'

const severity: Readonly<Record<HealthVerdict, number>> = { error: 0, warning: 1, ok: 2 }

/** Worst first; equal verdicts keep their order. */
export function sortedChecks(checks: readonly HealthCheck[]): HealthCheck[] {
  return checks.toSorted((a, b) => severity[a.verdict] - severity[b.verdict])
}

/** A context length people reason with. */
const CONTEXT_TOKENS = 1024

export function memoryLines(memory: MemoryEstimate): { name: string; value: string }[] {
  return [
    { name: 'Base weights', value: `${formatBytes(memory.weightsBytes)} in ${memory.baseCopies} ${memory.baseCopies === 1 ? 'copy' : 'copies'}` },
    { name: 'Memory parts', value: formatBytes(memory.memoryPartsBytes) },
    { name: `Cache at ${CONTEXT_TOKENS} tokens`, value: formatBytes(memory.cacheBytesPerToken * CONTEXT_TOKENS) },
    { name: 'Peak while loading', value: formatBytes(memory.peakBytes) },
  ]
}
