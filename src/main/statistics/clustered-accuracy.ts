/** @file The interval of an accuracy where samples were answered several times. Does not know who answered. */
import type { Interval } from '../../shared/statistics/interval.ts'
import { scoreInterval } from '../../shared/statistics/wilson-interval.ts'

/** A result of a run, as far as this interval looks at it. */
export interface RepeatedResult {
  readonly sampleId: string
  /** 1 or more is right; null was not judged and does not count. */
  readonly reward: number | null
}

/**
 * The share of judged results that are right, and its 95 % interval with samples as clusters; null where none is judged.
 *
 * Repeats of a sample resemble each other, so that n results are worth fewer than n independent ones. The cluster-robust variance
 * of the share over its binomial variance is the design effect d; Wilson's interval is then taken with n / d observations.
 * Source: Rao and Scott, Biometrics 48 (1992), 577-585; with Wilson's interval: Saha, Miller and Wang, International Journal of
 * Biostatistics 12 (2016), 20150024. d is held at 1 or more, so that chance never makes results worth more than they are;
 * where every result is right, or none, there is no variance to look at and only whole samples count.
 */
export function clusteredAccuracy(results: readonly RepeatedResult[]): Interval | null {
  const clusters = new Map<string, { count: number; right: number }>()
  for (const { sampleId, reward } of results) {
    if (reward === null) continue
    const cluster = clusters.get(sampleId) ?? { count: 0, right: 0 }
    clusters.set(sampleId, { count: cluster.count + 1, right: cluster.right + (reward >= 1 ? 1 : 0) })
  }
  const counts = [...clusters.values()]
  if (counts.length === 0) return null
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const estimate = counts.reduce((sum, { right }) => sum + right, 0) / total
  if (total === counts.length || counts.length === 1 || estimate === 0 || estimate === 1) return scoreInterval(estimate, counts.length)
  const squares = counts.reduce((sum, { count, right }) => sum + (right - count * estimate) ** 2, 0)
  const variance = ((counts.length / (counts.length - 1)) * squares) / total ** 2
  const designEffect = Math.max(1, (total * variance) / (estimate * (1 - estimate)))
  return scoreInterval(estimate, total / designEffect)
}
