/** @file How strongly points are joined, as UMAP sees it: by distances measured in each point's own unit. It lays nothing out. */
import type { NeighborLists } from './neighbor-lists.ts'

/** Entry i of every column is edge i; an edge is there in both directions. */
export interface FuzzyGraph {
  readonly heads: Int32Array<ArrayBuffer>
  readonly tails: Int32Array<ArrayBuffer>
  /** Above 0, at most 1. */
  readonly weights: Float64Array<ArrayBuffer>
}

/** Halvings of the interval in which a unit is looked for. */
const BISECTIONS = 64
/** A unit is at least this share of the mean distance, so that copies of a point do not make it 0. */
const SMALLEST_UNIT = 1e-3

/** Source: McInnes, Healy and Melville, arXiv:1802.03426, section 3.1 and algorithms 2 and 3. */
export function buildFuzzyGraph({ count, indices, distances }: NeighborLists): FuzzyGraph {
  const rows = indices.length / count
  const lengths = distances.map(Math.sqrt)
  const memberships = new Float64Array(indices.length)
  for (let row = 0; row < rows; row++) setMemberships(lengths.subarray(row * count, (row + 1) * count), memberships.subarray(row * count, (row + 1) * count))
  const [heads, tails, weights]: [number[], number[], number[]] = [[], [], []]
  const join = (head: number, tail: number, weight: number): void => {
    if (weight <= 0) return
    heads.push(head)
    tails.push(tail)
    weights.push(weight)
  }
  for (let place = 0; place < indices.length; place++) {
    const [row, other, there] = [Math.floor(place / count), indices[place]!, memberships[place]!]
    const back = indices.subarray(other * count, (other + 1) * count).indexOf(row)
    const here = back < 0 ? 0 : memberships[other * count + back]!
    join(row, other, there + here - there * here)
    // Where the other lists this one too, it makes the way back itself.
    if (back < 0) join(other, row, there)
  }
  return { heads: Int32Array.from(heads), tails: Int32Array.from(tails), weights: Float64Array.from(weights) }
}

/**
 * exp(-(d - ρ) / σ) for each distance: ρ is the nearest, σ such that all together are log2 of the neighbours, the point included.
 * @param lengths [count] ascending
 */
function setMemberships(lengths: Float64Array, memberships: Float64Array): void {
  const nearest = lengths.find((length) => length > 0) ?? 0
  const target = Math.log2(lengths.length + 1)
  const total = (unit: number): number => lengths.reduce((sum, length) => sum + Math.exp(-Math.max(0, length - nearest) / unit), 0)
  let [low, high, unit] = [0, Infinity, 1]
  for (let i = 0; i < BISECTIONS; i++) {
    if (total(unit) > target) high = unit
    else low = unit
    unit = high === Infinity ? unit * 2 : (low + high) / 2
  }
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  unit = Math.max(unit, SMALLEST_UNIT * mean)
  for (const [i, length] of lengths.entries()) memberships[i] = length <= nearest || unit === 0 ? 1 : Math.exp(-(length - nearest) / unit)
}
