/** @file Points laid out so that neighbours stay neighbours (UMAP). It does not know what the points are. */
import type { Matrix } from '../../../shared/domain/weave.ts'
import { principalComponents } from '../principal-components.ts'
import { fitCloseness } from './closeness-curve.ts'
import { buildFuzzyGraph, type FuzzyGraph } from './fuzzy-graph.ts'
import { findNearestNeighbors } from './nearest-neighbors.ts'
import { createRandomNumbers, type RandomNumbers } from './random-numbers.ts'

export interface UmapOptions {
  /** 32 bits; the same points and seed give the same layout. */
  seed: number
  /** Points that count as near, the point itself included; fewer where there are not as many points. */
  neighbors: number
  minDist: number
  onProgress?: (fraction: number) => void
}

interface Layout {
  readonly x: Float32Array<ArrayBuffer>
  readonly y: Float32Array<ArrayBuffer>
}

/** What finding neighbours takes of the whole time, about. */
const NEIGHBOUR_SHARE = 0.2
/** Half the width of the plane on which points start. */
const START_EXTENT = 10
/** Points pushed away for each pull; this and what follows are the reference implementation's defaults (umap-learn 0.5). */
const PUSHES_A_PULL = 5
const LARGEST_MOVE = 4
const MANY_POINTS = 10_000

/**
 * Source: McInnes, Healy and Melville, arXiv:1802.03426. Points start on their principal components, one of umap-learn's options:
 * clusters then lie where their distances put them, and the layout is not a matter of its start.
 *
 * @param points [points, dimensions] float32
 * @returns [points] each
 */
export function umapLayout(points: Matrix, { seed, neighbors, minDist, onProgress }: UmapOptions): Layout {
  const random = createRandomNumbers(seed)
  const found = findNearestNeighbors(points, Math.min(neighbors, points.rows) - 1, { random, onProgress: (fraction) => onProgress?.(NEIGHBOUR_SHARE * fraction) })
  const graph = buildFuzzyGraph(found)
  const layout = startLayout(points, random)
  attract(layout, graph, { epochs: points.rows <= MANY_POINTS ? 500 : 200, minDist, random, onProgress: (fraction) => onProgress?.(NEIGHBOUR_SHARE + (1 - NEIGHBOUR_SHARE) * fraction) })
  return layout
}

/** The principal components, with a little noise so that copies of a point can part. */
function startLayout(points: Matrix, random: RandomNumbers): Layout {
  const { x, y } = principalComponents(points)
  const extent = Math.max(x.reduce((most, value) => Math.max(most, Math.abs(value)), 0), Number.MIN_VALUE)
  const place = (value: number): number => (START_EXTENT * value) / extent + 1e-4 * (random.next() - 0.5)
  return { x: x.map(place), y: y.map(place) }
}

/** Stochastic gradient descent: an edge pulls its ends together as often as it is strong, and each pull pushes random others away. */
function attract(
  { x, y }: Layout,
  { heads, tails, weights }: FuzzyGraph,
  { epochs, minDist, random, onProgress }: { epochs: number; minDist: number; random: RandomNumbers; onProgress: (fraction: number) => void },
): void {
  const { a, b } = fitCloseness(minDist)
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  // An edge of weight w is due every strongest / w epochs; one too weak to be due within them never.
  const periods = weights.map((weight) => (weight < strongest / epochs ? Infinity : strongest / weight))
  const due = periods.slice()
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const rate = 1 - (epoch - 1) / epochs
    for (let edge = 0; edge < heads.length; edge++) {
      if (due[edge]! > epoch) continue
      due[edge]! += periods[edge]!
      const head = heads[edge]!
      const tail = tails[edge]!
      let dx = x[head]! - x[tail]!
      let dy = y[head]! - y[tail]!
      let squared = dx * dx + dy * dy
      if (squared > 0) {
        const power = squared ** b
        const pull = (-2 * a * b * power) / squared / (1 + a * power)
        const moveX = rate * clamp(pull * dx)
        const moveY = rate * clamp(pull * dy)
        x[head]! += moveX
        y[head]! += moveY
        x[tail]! -= moveX
        y[tail]! -= moveY
      }
      for (let push = 0; push < PUSHES_A_PULL; push++) {
        const other = random.below(x.length)
        if (other === head || other === tail) continue
        dx = x[head]! - x[other]!
        dy = y[head]! - y[other]!
        squared = dx * dx + dy * dy
        // The small number keeps points that touch from flying apart.
        const force = (2 * b) / ((0.001 + squared) * (1 + a * squared ** b))
        x[head]! += rate * clamp(force * dx)
        y[head]! += rate * clamp(force * dy)
      }
    }
    onProgress(epoch / epochs)
  }
}

function clamp(move: number): number {
  return move > LARGEST_MOVE ? LARGEST_MOVE : move < -LARGEST_MOVE ? -LARGEST_MOVE : move
}
