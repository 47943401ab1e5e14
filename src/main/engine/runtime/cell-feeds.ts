/** @file Which cell of a run's rectangle each token has, as the graph takes it (decoder/head-layout.ts). It knows no weights. */
import { ATTENDED_ROWS, type HeadRows } from '../decoder/head-layout.ts'
import { int64Tensor, type Tensor, type Tensors } from './graph-session.ts'
import type { Chunk } from './ragged-batch.ts'

/** Feeds of the graph's inputs `headRows` and `ATTENDED_ROWS`. */
export function cellFeeds({ first, end, seq, cells }: Chunk, headRows: readonly HeadRows[], numAttentionHeads: number): Tensors {
  const batch = end - first
  const tokenOfCell = new Array<number>(batch * seq).fill(0)
  // An empty cell takes the numbers of its row's first token, which nobody sees there. Not another row's: if those are NaN no mask hides them.
  for (const [token, cell] of cells.entries()) {
    if (cell % seq === 0) tokenOfCell.fill(token, cell, cell + seq)
    tokenOfCell[cell] = token
  }

  const feeds: Record<string, Tensor> = {}
  for (const { name, heads, perToken, offset } of headRows) {
    const rows: number[] = []
    for (let row = 0; row < batch; row++) {
      for (let head = 0; head < heads; head++) {
        for (let index = 0; index < seq; index++) rows.push((tokenOfCell[row * seq + index] ?? 0) * perToken + offset + head)
      }
    }
    feeds[name] = int64Tensor(rows, [batch, heads, seq])
  }
  const attended: number[] = []
  for (const cell of cells) {
    const firstHead = Math.floor(cell / seq) * numAttentionHeads
    for (let head = 0; head < numAttentionHeads; head++) attended.push((firstHead + head) * seq + (cell % seq))
  }
  feeds[ATTENDED_ROWS] = int64Tensor(attended, [cells.length, numAttentionHeads])
  return feeds
}
