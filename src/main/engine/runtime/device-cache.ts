/**
 * @file Keys and values that never leave the device: each run returns past and new joined, in buffers of their own.
 * Slots are append-only; truncation hides them, so a rewound row keeps the memory of its forgotten slots. Simple and
 * slow: one row a run.
 */
import { cacheNames } from '../decoder/decoder-graph.ts'
import { float32Tensor, type Tensor, type Tensors } from './graph-session.ts'
import { MASKED, type AppendedRow, type CacheSizes, type KeyValueCache } from './key-value-cache.ts'

/** Buffers that a row and its forks may share; freed with the last owner. */
class SharedBuffers {
  readonly feeds: Tensors
  #owners = 1

  constructor(feeds: Tensors) {
    this.feeds = feeds
  }

  share(): this {
    this.#owners++
    return this
  }

  release(): void {
    this.#owners--
    if (this.#owners === 0) for (const tensor of Object.values(this.feeds)) tensor.dispose()
  }
}

interface DeviceRow {
  buffers: SharedBuffers
  /** One entry a device slot: true if attention may not see it. */
  hidden: boolean[]
  /** Device slot of each live slot, in order. */
  slots: number[]
}

export class DeviceCache implements KeyValueCache {
  readonly rowCount: number
  readonly isBatched = false
  readonly #sizes: CacheSizes
  readonly #rows: DeviceRow[]

  constructor(sizes: CacheSizes, rowCount: number) {
    this.#sizes = sizes
    this.rowCount = rowCount
    this.#rows = Array.from({ length: rowCount }, () => emptyRow(sizes))
  }

  length(row: number): number {
    return this.#row(row).slots.length
  }

  past(first: number, end: number): { feeds: Tensors; pastLength: number } {
    if (end !== first + 1) throw new Error('internal: a device cache runs one row at a time')
    const { buffers, hidden } = this.#row(first)
    return { feeds: buffers.feeds, pastLength: hidden.length }
  }

  writeMask(row: number, target: Float32Array, offset: number, pastLength: number): void {
    const { hidden } = this.#row(row)
    for (let slot = 0; slot < pastLength; slot++) target[offset + slot] = hidden[slot] === false ? 0 : MASKED
  }

  append(_first: number, results: Tensors, seq: number, rows: readonly AppendedRow[]): void {
    for (const { row: index, count, hidden } of rows) {
      const row = this.#row(index)
      const feeds: Record<string, Tensor> = {}
      for (let layer = 0; layer < this.#sizes.numHiddenLayers; layer++) {
        const names = cacheNames(layer)
        const key = results[names.presentKey]
        const value = results[names.presentValue]
        if (key === undefined || value === undefined) throw new Error(`internal: the graph returned no keys for layer ${layer}`)
        feeds[names.pastKey] = key
        feeds[names.pastValue] = value
      }
      row.buffers.release()
      row.buffers = new SharedBuffers(feeds)
      for (let position = 0; position < seq; position++) {
        if (position < count) row.slots.push(row.hidden.length)
        row.hidden.push(position >= count || (hidden?.[position] ?? false))
      }
    }
  }

  truncate(row: number, length: number): void {
    const { slots, hidden, buffers } = this.#row(row)
    if (length > slots.length) throw new Error(`internal: cannot truncate ${slots.length} slots to ${length}`)
    if (length === 0) {
      // A row that begins anew leaves nothing behind to be passed over.
      buffers.release()
      this.#rows[row] = emptyRow(this.#sizes)
      return
    }
    for (const slot of slots.splice(length)) hidden[slot] = true
  }

  copyPrefix(from: number, to: number, length: number): void {
    takeOver(this.#row(to), this.#row(from))
    this.truncate(to, length)
  }

  fork(row: number, length: number): DeviceCache {
    const forked = new DeviceCache(this.#sizes, 1)
    takeOver(forked.#row(0), this.#row(row))
    forked.truncate(0, length)
    return forked
  }

  dispose(): void {
    for (const row of this.#rows.splice(0)) row.buffers.release()
  }

  #row(row: number): DeviceRow {
    const found = this.#rows[row]
    if (found === undefined) throw new Error(`internal: cache has no row ${row}`)
    return found
  }
}

/** Lets `target` be what `source` is; they share buffers, which nobody writes to. */
function takeOver(target: DeviceRow, source: DeviceRow): void {
  const buffers = source.buffers.share()
  target.buffers.release()
  target.buffers = buffers
  target.hidden = [...source.hidden]
  target.slots = [...source.slots]
}

/** One slot of zeros that nothing attends to: a MatMul over zero slots crashes on WebGPU. */
function emptyRow({ numHiddenLayers, numKeyValueHeads, headDim }: CacheSizes): DeviceRow {
  const feeds: Record<string, Tensor> = {}
  const shape = [1, numKeyValueHeads, 1, headDim]
  for (let layer = 0; layer < numHiddenLayers; layer++) {
    const names = cacheNames(layer)
    feeds[names.pastKey] = float32Tensor(new Float32Array(numKeyValueHeads * headDim), shape)
    feeds[names.pastValue] = float32Tensor(new Float32Array(numKeyValueHeads * headDim), shape)
  }
  return { buffers: new SharedBuffers(feeds), hidden: [true], slots: [] }
}
