/**
 * @file Keys and values that never leave the device (docs/decisions/0013): rows are lists of slots in a pool, and a run writes into the pool's
 * own buffers. Rewinding, forking and copying a beginning are bookkeeping. It runs no graph.
 */
import { TOKEN_SUMS } from '../decoder/decoder-graph.ts'
import { float32Data, float32Tensor } from './graph-session.ts'
import { MASKED, type AppendedRow, type CachedRun, type CacheSizes, type KeyValueCache } from './key-value-cache.ts'
import { presentTensors, slotFeeds } from './pool-tensors.ts'
import type { Chunk } from './ragged-batch.ts'
import { SCRAP, SlotPool, type PoolDevice, type PoolRow } from './slot-pool.ts'

export class DeviceCache implements KeyValueCache {
  readonly rowCount: number
  readonly #sizes: CacheSizes
  #pool: SlotPool
  readonly #rows: PoolRow[]
  /** A fork reads its source's pool until it first writes. */
  #isGuest = false

  private constructor(sizes: CacheSizes, pool: SlotPool, rowCount: number) {
    this.#sizes = sizes
    this.#pool = pool
    this.rowCount = rowCount
    this.#rows = Array.from({ length: rowCount }, () => pool.addRow())
  }

  static open(sizes: CacheSizes, rowCount: number, device: PoolDevice): DeviceCache {
    return new DeviceCache(sizes, new SlotPool(device), rowCount)
  }

  length(row: number): number {
    return this.#row(row).slots.length
  }

  /** An empty cache of one row, for a text that is read apart and then put into a row here by `adopt`. */
  openApart(): DeviceCache {
    return new DeviceCache(this.#sizes, this.#pool.openApart(), 1)
  }

  /** Gives all slots of `apart` to a row that has none, and disposes of it. */
  async adopt(row: number, apart: DeviceCache): Promise<void> {
    await this.#makeRoom(apart.length(0))
    await this.#pool.take(this.#row(row), apart.#pool, apart.#row(0))
    apart.dispose()
  }

  /** Slots that every query of a run is scored against, once this many more are owned. */
  slotsWith(newSlots: number): number {
    return this.#pool.ownedCount + newSlots
  }

  /** What the graph takes for a run: the pool, where new tokens go, and who sees whom. Between this and `keep` the pool is nobody else's. */
  async prepare(chunk: Chunk): Promise<CachedRun> {
    const { first, end, seq, appended } = chunk
    const count = appended.reduce((sum, row) => sum + row.count, 0)
    await this.#makeRoom(count)
    const free = this.#pool.nextFree(count)
    const slots = new Array<number>((end - first) * seq).fill(SCRAP)
    let taken = 0
    for (const { row, count } of appended) {
      const start = (row - first) * seq
      for (let index = 0; index < count; index++) slots[start + index] = free[taken++] ?? SCRAP
    }
    const { tensors, capacity } = this.#pool
    const mask = float32Tensor(this.#mask(chunk, slots, capacity), [end - first, 1, seq, capacity])
    return {
      feeds: { ...tensors, ...slotFeeds(this.#sizes, slots), attention_mask: mask },
      into: presentTensors(this.#sizes, tensors),
      keep: (results) => {
        // The results are other names of the pool's buffers.
        for (const name of Object.keys(presentTensors(this.#sizes, tensors))) results[name]?.dispose()
        const sums = float32Data(results, TOKEN_SUMS)
        let token = 0
        for (const { row, count, hidden } of appended) {
          this.#append(row, hiddenFlags(count, hidden), sums.subarray(token, token + count))
          token += count
        }
      },
    }
  }

  /** Whether a row holds numbers that were not finite: what it says is then none either, though its slots were clamped. */
  isSpoilt(row: number): boolean {
    return this.#row(row).firstSpoilt !== Infinity
  }

  truncate(row: number, length: number): void {
    if (length > this.length(row)) throw new Error(`internal: cannot truncate ${this.length(row)} slots to ${length}`)
    this.#pool.truncate(this.#row(row), length)
  }

  copyPrefix(from: number, to: number, length: number): void {
    if (length > this.length(from)) throw new Error(`internal: cannot copy ${length} of ${this.length(from)} slots`)
    this.#pool.share(this.#row(from), this.#row(to), length)
  }

  fork(row: number, length: number): DeviceCache {
    if (length > this.length(row)) throw new Error(`internal: cannot fork ${length} of ${this.length(row)} slots`)
    const forked = new DeviceCache(this.#sizes, this.#pool, 1)
    this.#pool.share(this.#row(row), forked.#row(0), length)
    forked.#isGuest = true
    return forked
  }

  dispose(): void {
    for (const row of this.#rows.splice(0)) this.#pool.dropRow(row)
  }

  /** @param sums of the row's tokens */
  #append(index: number, hidden: readonly boolean[], sums: Float32Array): void {
    const row = this.#row(index)
    const spoilt = hidden.findIndex((_, place) => !Number.isFinite(sums[place]))
    if (spoilt >= 0) row.firstSpoilt = Math.min(row.firstSpoilt, row.slots.length + spoilt)
    this.#pool.append(row, hidden)
  }

  /** Branches do not share a pool for long: each query of one would be scored against the slots of all. */
  async #makeRoom(count: number): Promise<void> {
    if (this.#isGuest && this.#pool.isSharedBy(this.#rows)) this.#pool = await this.#pool.split(this.#rows, count)
    else await this.#pool.reserve(count)
    this.#isGuest = false
  }

  /** [batch, 1, seq, capacity]: visible slots of the row, then its new ones up to each position. */
  #mask({ first, end, seq, appended }: Chunk, newSlots: readonly number[], capacity: number): Float32Array {
    const mask = new Float32Array((end - first) * seq * capacity).fill(MASKED)
    for (const { row, count, hidden } of appended) {
      const start = (row - first) * seq
      const { slots, hidden: wasHidden } = this.#row(row)
      let line = start * capacity
      for (const [index, slot] of slots.entries()) if (wasHidden[index] === false) mask[line + slot] = 0
      for (let query = 0; query < count; query++, line += capacity) {
        if (query > 0) mask.copyWithin(line, line - capacity, line)
        if (hidden?.[query] !== true) mask[line + (newSlots[start + query] ?? SCRAP)] = 0
      }
    }
    return mask
  }

  #row(row: number): PoolRow {
    const found = this.#rows[row]
    if (found === undefined) throw new Error(`internal: cache has no row ${row}`)
    return found
  }
}

function hiddenFlags(count: number, hidden: AppendedRow['hidden']): boolean[] {
  return Array.from({ length: count }, (_, index) => hidden?.[index] ?? false)
}
