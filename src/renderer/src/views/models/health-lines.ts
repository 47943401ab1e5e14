/** @file A health report in the order the panel shows. */
import type { HealthCheck, HealthVerdict } from '../../../../shared/domain/health.ts'

const severity: Readonly<Record<HealthVerdict, number>> = { error: 0, warning: 1, ok: 2 }

/** Worst first; equal verdicts keep their order. */
export function sortedChecks(checks: readonly HealthCheck[]): HealthCheck[] {
  return checks.toSorted((a, b) => severity[a.verdict] - severity[b.verdict])
}
