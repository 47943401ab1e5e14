/** @file Times and shares as the lists and tables of a terminal show them. It does not know which. */

/** `2026-01-31 14:05`, UTC. */
export function formatMinute(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').slice(0, 16)
}

/** A share of 1 in percent, without the sign. */
export function formatPercent(share: number): string {
  return (100 * share).toFixed(1)
}
