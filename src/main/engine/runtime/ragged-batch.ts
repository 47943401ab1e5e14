/**
 * @file Ragged rows as one run: which rows ride together, how long inputs are cut, which cell of the rectangle that attention sees is whose, and
 * the mask that keeps empty cells invisible. It does not know the graph's other inputs and runs nothing.
 */
import { MASKED, type AppendedRow, type HostCache } from './key-value-cache.ts'

/** Input id of a position whose embedding is a latent. */
export const LATENT = -1

/** What one row appends to its cache. */
export interface RowInput {
  readonly row: number
  /** Token ids; `LATENT` takes the next row of `latents`. */
  readonly ids: readonly number[]
  /** [latents, hidden] for the `LATENT` positions, in order. @default none */
  readonly latents?: Float32Array
  /** Rotary position of each id. */
  readonly positions: readonly number[]
  /** Positions that no later token may attend to. @default none */
  readonly hidden?: readonly boolean[]
  /** Return the logits that follow the last id. @default false */
  readonly wantLogits?: boolean
  /** Return this many last hidden states. @default 0 */
  readonly hiddenStates?: number
}

/** What a run costs besides its tokens, in tokens: reading the weights takes about as long as 32 tokens' products. */
const RUN_COST = 32
/** What a cell without a token costs, in tokens: it takes part in attention alone. Estimated from operation counts, not measured. */
const EMPTY_CELL_COST = 0.25

/**
 * Rows that go into one run, rows in ascending order: all of them where little would be padding, else those of like length
 * that lie close together in the cache, since a run takes a contiguous range and rows without input in between cost as much
 * as the others.
 */
export function groupRows(inputs: readonly RowInput[], isBatched: boolean): RowInput[][] {
  const sorted = inputs.filter(({ ids }) => ids.length > 0).sort((a, b) => a.row - b.row)
  return isBatched ? splitGroup(sorted) : sorted.map((input) => [input])
}

/** How many rows of the cache a run over a group takes, those without input in between included. */
export function rowSpan(group: readonly RowInput[]): number {
  const rows = group.map(({ row }) => row)
  return Math.max(...rows) - Math.min(...rows) + 1
}

/** A group in parts that span at most `maxSpan` rows each; its rows ascend. */
export function limitSpan(group: readonly RowInput[], maxSpan: number): RowInput[][] {
  const parts: RowInput[][] = []
  for (const input of group) {
    const part = parts.at(-1)
    if (part?.[0] !== undefined && input.row - part[0].row < maxSpan) part.push(input)
    else parts.push([input])
  }
  return parts
}

/** Halves that cost less than the whole, halved in turn. */
function splitGroup(sorted: readonly RowInput[]): RowInput[][] {
  if (sorted.length === 0) return []
  const wholeCost = groupCost(sorted)
  if (sorted.length === 1 || wholeCost === RUN_COST + countTokens(sorted)) return [[...sorted]]
  let best: { cost: number; halves: RowInput[][] } = { cost: wholeCost, halves: [] }
  for (const halves of [...halvesByLength(sorted), ...halvesByRow(sorted)]) {
    const cost = halves.reduce((sum, half) => sum + cheapestCost(half), 0)
    if (cost < best.cost) best = { cost, halves }
  }
  return best.halves.length === 0 ? [[...sorted]] : best.halves.flatMap(splitGroup)
}

/** Of a single run. */
function groupCost(sorted: readonly RowInput[]): number {
  const tokens = countTokens(sorted)
  const cells = rowSpan(sorted) * Math.max(...sorted.map(({ ids }) => ids.length))
  return RUN_COST + tokens + EMPTY_CELL_COST * (cells - tokens)
}

/** The cost as one run or each row alone, whichever is less. */
function cheapestCost(sorted: readonly RowInput[]): number {
  return Math.min(groupCost(sorted), countTokens(sorted) + RUN_COST * sorted.length)
}

function countTokens(inputs: readonly RowInput[]): number {
  return inputs.reduce((sum, { ids }) => sum + ids.length, 0)
}

function halvesByLength(sorted: readonly RowInput[]): RowInput[][][] {
  const lengths = [...new Set(sorted.map(({ ids }) => ids.length))].sort((a, b) => a - b).slice(1)
  return lengths.map((length) => [sorted.filter(({ ids }) => ids.length < length), sorted.filter(({ ids }) => ids.length >= length)])
}

/** Cut where rows without input lie in between. */
function halvesByRow(sorted: readonly RowInput[]): RowInput[][][] {
  return sorted.flatMap(({ row }, place) => (place > 0 && row - (sorted[place - 1]?.row ?? 0) > 1 ? [[sorted.slice(0, place), sorted.slice(place)]] : []))
}

/** One run's part of several rows. A token has a cell of the rectangle [batch, seq]; a shorter row's last cells, and all of a row without input, are empty. */
export interface Chunk {
  /** Cache row of batch index 0, and one past the last. */
  readonly first: number
  readonly end: number
  readonly seq: number
  /** [tokens], row after row, as are the next two. */
  readonly ids: number[]
  /** Which of the rectangle's cells, counted row after row. */
  readonly cells: number[]
  /** Row of `latents` at each token's place, -1 for a token of the vocabulary. */
  readonly latentIndex: number[]
  /** Rotary position of each cell, [batch * seq]. */
  readonly positions: number[]
  /** Each [hidden]. */
  readonly latents: Float32Array[]
  readonly appended: AppendedRow[]
  readonly wantedLogits: WantedRow[]
  readonly wantedHidden: WantedRow[]
}

/** A token whose result is wanted: its cache row and its index in the run. */
export interface WantedRow {
  readonly row: number
  readonly token: number
}

/** The positions `start` to `start + seq` of every row of a group. */
export function cutChunk(group: readonly RowInput[], start: number, seq: number, hiddenSize: number): Chunk {
  const first = Math.min(...group.map(({ row }) => row))
  const end = Math.max(...group.map(({ row }) => row)) + 1
  const chunk: Chunk = {
    first,
    end,
    seq,
    ids: [],
    cells: [],
    latentIndex: [],
    positions: new Array<number>((end - first) * seq).fill(0),
    latents: [],
    appended: [],
    wantedLogits: [],
    wantedHidden: [],
  }
  for (const input of group) fillRow(chunk, input, start, hiddenSize)
  return chunk
}

function fillRow(chunk: Chunk, input: RowInput, start: number, hiddenSize: number): void {
  const { row, ids, positions, latents } = input
  const count = Math.min(chunk.seq, ids.length - start)
  if (count <= 0) return
  const firstCell = (row - chunk.first) * chunk.seq
  const firstToken = chunk.ids.length
  let latent = ids.slice(0, start).filter((id) => id === LATENT).length
  for (let index = 0; index < count; index++) {
    const id = ids[start + index] ?? 0
    chunk.positions[firstCell + index] = positions[start + index] ?? 0
    chunk.cells.push(firstCell + index)
    chunk.ids.push(id === LATENT ? 0 : id)
    chunk.latentIndex.push(id === LATENT ? chunk.latents.length : -1)
    if (id !== LATENT) continue
    if (latents === undefined) throw new Error('internal: a latent position without latents')
    chunk.latents.push(latents.subarray(latent * hiddenSize, (latent + 1) * hiddenSize))
    latent++
  }
  chunk.appended.push({ row, count, ...(input.hidden === undefined ? {} : { hidden: input.hidden.slice(start, start + count) }) })
  const firstWanted = Math.max(0, ids.length - (input.hiddenStates ?? 0) - start)
  for (let index = firstWanted; index < count; index++) chunk.wantedHidden.push({ row, token: firstToken + index })
  const isLastChunk = start + count === ids.length
  if (isLastChunk && (input.wantLogits ?? false)) chunk.wantedLogits.push({ row, token: firstToken + count - 1 })
}

/** Additive mask [batch, 1, seq, past + seq]: visible past slots, then this row's own positions up to each one. */
export function attentionMask(cache: Pick<HostCache, 'writeMask'>, { first, end, seq, appended }: Chunk, pastLength: number): Float32Array {
  const width = pastLength + seq
  const mask = new Float32Array((end - first) * seq * width).fill(MASKED)
  for (const { row, count, hidden } of appended) {
    const base = (row - first) * seq * width
    cache.writeMask(row, mask, base, pastLength)
    for (let query = 0; query < count; query++) {
      const line = base + query * width
      if (query > 0) mask.copyWithin(line, base, base + pastLength)
      for (let key = 0; key <= query; key++) if (hidden?.[key] !== true) mask[line + pastLength + key] = 0
    }
  }
  return mask
}

export function joinRows(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
