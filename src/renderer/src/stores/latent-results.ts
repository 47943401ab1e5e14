/** @file Which results points belong to: many points share one. It does not know how points are picked. */
import type { ResultKey } from '../../../shared/domain/evaluation.ts'
import type { LatentPoints } from '../../../shared/domain/latent-lab.ts'

export interface PointResult extends ResultKey {
  /** NaN where it was not judged. */
  readonly reward: number
  /** Of the picked points. */
  readonly pointCount: number
}

/** null for a point that is not there. */
export function resultOfPoint({ runIds, run, sampleIds, sample, repeat }: LatentPoints, index: number): ResultKey | null {
  const [runId, sampleId] = [runIds[run[index] ?? -1], sampleIds[sample[index] ?? -1]]
  return runId === undefined || sampleId === undefined ? null : { runId, sampleId, repeat: repeat[index] ?? 0 }
}

/** Each result once, in the order of its first point. */
export function resultsOfPoints(points: LatentPoints, indices: readonly number[]): PointResult[] {
  const byKey = new Map<string, PointResult>()
  for (const index of indices) {
    const key = resultOfPoint(points, index)
    if (key === null) continue
    const name = nameOf(key)
    byKey.set(name, { ...key, reward: points.reward[index] ?? Number.NaN, pointCount: (byKey.get(name)?.pointCount ?? 0) + 1 })
  }
  return [...byKey.values()]
}

/** Of the given points those of one result. */
export function pointsOfResult(points: LatentPoints, indices: readonly number[], wanted: ResultKey): number[] {
  const name = nameOf(wanted)
  return indices.filter((index) => {
    const key = resultOfPoint(points, index)
    return key !== null && nameOf(key) === name
  })
}

function nameOf({ runId, sampleId, repeat }: ResultKey): string {
  return `${runId}/${repeat}/${sampleId}`
}
