/** @file The nearest other points of every point: exactly for a few, by descent for many. It does not know what they are for. */
import type { Matrix } from '../../../shared/domain/weave.ts'
import { squaredDistance } from '../../statistics/index.ts'
import { NeighborLists } from './neighbor-lists.ts'
import type { RandomNumbers } from './random-numbers.ts'

export interface NeighborOptions {
  readonly random: RandomNumbers
  /**
   * All pairs are compared up to so many points.
   * @default 2048
   */
  readonly exactLimit?: number
  readonly onProgress?: (fraction: number) => void
}

/** Trees whose leaves are compared pair by pair to begin with; more cost as much as a round of descent and find less. */
const TREES = 6
const LEAF_SIZE = 30
/** Rounds of descent at most; on latents the change is below {@link SETTLED} after four to six. */
const MAX_ROUNDS = 12
/** Share of all entries below which another round is not worth its time (Dong and others recommend 0.001). */
const SETTLED = 0.001

/**
 * Sources: Dong, Charikar and Li, Efficient K-Nearest Neighbor Graph Construction, WWW 2011, 577-586 (descent: a neighbour of a
 * neighbour is probably one); Dasgupta and Freund, STOC 2008, 537-546 (the trees it starts from).
 * @param points [points, dimensions] float32, more of them than `count`
 */
export function findNearestNeighbors(points: Matrix, count: number, { random, exactLimit = 2048, onProgress }: NeighborOptions): NeighborLists {
  const lists = new NeighborLists(points.rows, count)
  const compare = (left: number, right: number): number => comparePoints(points, lists, left, right)
  if (points.rows <= exactLimit) {
    for (let left = 0; left < points.rows; left++) for (let right = left + 1; right < points.rows; right++) compare(left, right)
    return lists
  }
  for (let tree = 0; tree < TREES; tree++) {
    compareLeaves(points, Int32Array.from({ length: points.rows }, (_, row) => row), compare, random)
    onProgress?.((0.5 * (tree + 1)) / TREES)
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const changes = descend(lists, points.rows, compare, random)
    onProgress?.(0.5 + (0.5 * (round + 1)) / MAX_ROUNDS)
    if (changes <= SETTLED * points.rows * count) break
  }
  return lists
}

/** Offers each point to the other. @returns how many lists changed */
function comparePoints({ columns, data }: Matrix, lists: NeighborLists, left: number, right: number): number {
  const distance = squaredDistance(data, left * columns, data, right * columns, columns)
  let changes = 0
  if (distance < lists.limitOf(left) && lists.offer(left, right, distance)) changes++
  if (distance < lists.limitOf(right) && lists.offer(right, left, distance)) changes++
  return changes
}

/** Splits by the plane between two points drawn at random until few enough are left, and compares those. */
function compareLeaves(points: Matrix, rows: Int32Array, compare: (left: number, right: number) => void, random: RandomNumbers): void {
  if (rows.length <= LEAF_SIZE) {
    for (let i = 0; i < rows.length; i++) for (let j = i + 1; j < rows.length; j++) compare(rows[i]!, rows[j]!)
    return
  }
  const { columns, data } = points
  const [first, second] = [rows[random.below(rows.length)]!, rows[random.below(rows.length)]!]
  const isNearFirst = (row: number): boolean => {
    const difference = squaredDistance(data, row * columns, data, first * columns, columns) - squaredDistance(data, row * columns, data, second * columns, columns)
    // Copies of one point lie on every plane: chance parts them.
    return difference === 0 ? random.next() < 0.5 : difference < 0
  }
  const sides = rows.map((row) => (isNearFirst(row) ? 1 : 0))
  const near = rows.filter((_, i) => sides[i] === 1)
  compareLeaves(points, near, compare, random)
  compareLeaves(points, rows.filter((_, i) => sides[i] === 0), compare, random)
}

/** Compares points that have a neighbour in common, at least one of them new to it. @returns how many lists changed */
function descend(lists: NeighborLists, rows: number, compare: (left: number, right: number) => number, random: RandomNumbers): number {
  const fresh = new CandidateLists(rows, lists.count, random)
  const known = new CandidateLists(rows, lists.count, random)
  for (let place = 0; place < lists.indices.length; place++) {
    const [row, other] = [Math.floor(place / lists.count), lists.indices[place]!]
    if (other < 0) continue
    const candidates = lists.isNew[place] === 1 ? fresh : known
    candidates.add(row, other)
    candidates.add(other, row)
    lists.isNew[place] = 0
  }
  let changes = 0
  for (let row = 0; row < rows; row++) {
    const [news, olds] = [fresh.of(row), known.of(row)]
    for (let i = 0; i < news.length; i++) {
      for (let j = i + 1; j < news.length; j++) if (news[i] !== news[j]) changes += compare(news[i]!, news[j]!)
      for (const old of olds) if (news[i] !== old) changes += compare(news[i]!, old)
    }
  }
  return changes
}

/** Neighbours of each point and points it is a neighbour of, at most so many, drawn fairly. */
class CandidateLists {
  readonly #limit: number
  readonly #entries: Int32Array
  readonly #offered: Int32Array
  readonly #random: RandomNumbers

  constructor(rows: number, limit: number, random: RandomNumbers) {
    this.#limit = limit
    this.#entries = new Int32Array(rows * limit)
    this.#offered = new Int32Array(rows)
    this.#random = random
  }

  add(row: number, other: number): void {
    const offered = this.#offered[row]!++
    const place = offered < this.#limit ? offered : this.#random.below(offered + 1)
    if (place < this.#limit) this.#entries[row * this.#limit + place] = other
  }

  of(row: number): Int32Array {
    return this.#entries.subarray(row * this.#limit, row * this.#limit + Math.min(this.#limit, this.#offered[row]!))
  }
}
