/** @file Which category each point of the latent lab is in, by what it is coloured by. It does not know colours. */
import type { LatentPoints } from '../../../shared/domain/latent-lab.ts'
import { formatNumber } from './format.ts'

export const pointColourings = ['task', 'run', 'kind', 'outcome', 'step', 'norm', 'cluster'] as const
export type PointColouring = (typeof pointColourings)[number]

export interface PointCategories {
  /** In the order of their colours. */
  readonly labels: readonly string[]
  /** Of each point. */
  readonly index: Int32Array
  readonly counts: readonly number[]
  /** Categories are steps of one quantity, so that their order means something. */
  readonly isOrdered: boolean
}

const BIN_COUNT = 6

/** `cluster` is null where nothing was clustered, or something else than these points. */
export function pointCategories(points: LatentPoints, by: PointColouring, cluster: Int32Array | null, runNames: readonly string[]): PointCategories {
  switch (by) {
    case 'task':
      return categories(points.tasks, points.task)
    case 'run':
      return categories(runNames, points.run)
    case 'kind':
      return categories(['prompt', 'inference'], points.kind)
    case 'outcome':
      return categories(['wrong', 'right', 'not judged'], Int32Array.from(points.reward, outcomeOf))
    case 'step':
      return binned(points.stepIndex)
    case 'norm':
      return binned(points.norm)
    case 'cluster': {
      if (cluster === null || cluster.length !== points.x.length) return categories(['not clustered'], new Int32Array(points.x.length))
      const count = cluster.reduce((most, one) => Math.max(most, one + 1), 0)
      return categories(Array.from({ length: count }, (_, index) => `cluster ${index + 1}`), cluster)
    }
    default:
      return by satisfies never
  }
}

function outcomeOf(reward: number): number {
  return Number.isNaN(reward) ? 2 : reward >= 1 ? 1 : 0
}

function categories(labels: readonly string[], index: Int32Array, isOrdered = false): PointCategories {
  const counts = labels.map(() => 0)
  for (const category of index) counts[category] = (counts[category] ?? 0) + 1
  return { labels, index, counts, isOrdered }
}

/** Bins of equal counts: lengths and norms have long tails, in which bins of equal width would be empty. */
function binned(values: Int32Array | Float32Array): PointCategories {
  const sorted = Float64Array.from(values).sort()
  const [least = 0] = sorted
  const quantiles = Array.from({ length: BIN_COUNT - 1 }, (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / BIN_COUNT)] ?? 0)
  // A value that many points share may be several quantiles, or the least of all.
  const edges = [...new Set(quantiles)].filter((edge) => edge > least)
  const index = Int32Array.from(values, (value) => edges.filter((edge) => value >= edge).length)
  const bounds = [least, ...edges, sorted.at(-1) ?? 0]
  const labels = Array.from({ length: edges.length + 1 }, (_, bin) => `${shortNumber(bounds[bin])} – ${shortNumber(bounds[bin + 1])}`)
  return categories(labels, index, true)
}

function shortNumber(value = 0): string {
  return Number.isInteger(value) ? String(value) : formatNumber(value)
}
