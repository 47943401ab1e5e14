/**
 * @file The m-th insertion of all rows as one rectangle for the weaver: what came since the last insertion, then the queries, plain
 * numbers. Runs nothing.
 *
 * Rows with fewer insertions ride along as padding: their results are never read, so their gradients are 0.
 */
import { MASKED } from '../runtime/key-value-cache.ts'
import { blockLength } from './causal-layout.ts'
import type { TrainingPass } from './supervised-rows.ts'

export interface LatentLengths {
  readonly promptLatentsLen: number
  readonly inferenceLatentsLen: number
}

/** A rectangle of [batch, seq] positions, flattened where nothing else is said. */
export interface SegmentLayout {
  readonly seq: number
  readonly ids: Int32Array
  /** Row of the previous block's latents [batch * K', hidden], or -1. */
  readonly latentIndex: Int32Array
  /** Row of the queries [K, hidden], or -1. */
  readonly queryIndex: Int32Array
  readonly positions: Int32Array
  /** Flat indices of the queries, K for each row. */
  readonly queryRows: Int32Array
  /** How many slots of each row later segments may see: all but queries and padding. */
  readonly contextCounts: readonly number[]
  /** Additive [batch, 1, seq, past + seq]. */
  readonly mask: Float32Array
  readonly pastLength: number
}

/** How many segments the passes need: the insertions of the one that has most. */
export function segmentCount(passes: readonly TrainingPass[]): number {
  return Math.max(0, ...passes.map(({ insertions }) => insertions.length))
}

/** @param earlier the layouts of the segments before this one */
export function layOutSegment(passes: readonly TrainingPass[], earlier: readonly SegmentLayout[], lengths: LatentLengths): SegmentLayout {
  const block = earlier.length
  const queryCount = blockLength(block, lengths)
  const latentCount = block === 0 ? 0 : blockLength(block - 1, lengths)
  const spans = passes.map(({ insertions }) => {
    const end = insertions[block]?.tokenIndex
    return end === undefined ? undefined : { start: insertions[block - 1]?.tokenIndex ?? 0, end }
  })
  const contextCounts = spans.map((span) => (span === undefined ? 0 : latentCount + span.end - span.start))
  const seq = Math.max(...contextCounts) + queryCount
  const size = passes.length * seq
  const layout = { ids: new Int32Array(size), latentIndex: new Int32Array(size).fill(-1), queryIndex: new Int32Array(size).fill(-1), positions: new Int32Array(size) }
  const queryRows = new Int32Array(passes.length * queryCount)
  for (const [row, pass] of passes.entries()) {
    const span = spans[row]
    const contextCount = contextCounts[row] ?? 0
    const firstPosition = earlier.reduce((sum, segment) => sum + (segment.contextCounts[row] ?? 0), 0)
    for (let query = 0; query < queryCount; query++) queryRows[row * queryCount + query] = row * seq + contextCount + query
    if (span === undefined) continue
    for (let index = 0; index < contextCount + queryCount; index++) {
      const place = row * seq + index
      layout.positions[place] = firstPosition + index
      if (index < latentCount) layout.latentIndex[place] = row * latentCount + index
      else if (index < contextCount) layout.ids[place] = pass.ids[span.start + index - latentCount] ?? 0
      else layout.queryIndex[place] = index - contextCount
    }
  }
  const pastLength = earlier.reduce((sum, segment) => sum + segment.seq, 0)
  return { seq, ...layout, queryRows, contextCounts, mask: segmentMask(passes.length, seq, earlier, pastLength), pastLength }
}

/** Each position sees its row's earlier context and, of its own segment, itself and what stands before it. */
function segmentMask(batch: number, seq: number, earlier: readonly SegmentLayout[], pastLength: number): Float32Array {
  const width = pastLength + seq
  const mask = new Float32Array(batch * seq * width).fill(MASKED)
  for (let row = 0; row < batch; row++) {
    for (let query = 0; query < seq; query++) {
      const line = (row * seq + query) * width
      let slot = line
      for (const segment of earlier) {
        mask.fill(0, slot, slot + (segment.contextCounts[row] ?? 0))
        slot += segment.seq
      }
      mask.fill(0, slot, slot + query + 1)
    }
  }
  return mask
}
