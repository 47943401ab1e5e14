/**
 * @file Slots for keys and values on a device, shared by the rows of a cache and its forks: whose slot is whose, which are free, and
 * when the pool is laid out anew. It knows no graph: what moves the tensors is given to it.
 *
 * A slot is written once while it is owned, so rows with a common beginning own the same slots, however many they are; it is free again
 * when its last owner forgets it.
 */
import type { Tensors } from './graph-session.ts'

/** Moves the tensors of pools. */
export interface PoolDevice {
  /** Tensors of all layers that hold at each slot what `pool` has at its place in `places`; without a pool, zeros. `pool` stays as it is. */
  layOut(pool: Tensors | undefined, places: readonly number[]): Promise<Tensors>
  /** Writes what `source` has at `places` into the buffers of `pool`, at `slots`. */
  copy(source: Tensors, places: readonly number[], pool: Tensors, slots: readonly number[]): Promise<void>
}

/** Slots of one row in the order they were appended. */
export interface PoolRow {
  slots: number[]
  /** One entry a slot: true if attention may not see it. */
  hidden: boolean[]
  /** Which of them is the first whose numbers were not finite; Infinity where all were. */
  firstSpoilt: number
}

/** The slot that padding is written to. Nobody sees it; what a new layout adds are copies of it. */
export const SCRAP = 0

/** The pool's sizes are whole numbers of this, so that few of them are met. */
const BUCKET = 64
/** Room for growth: as in the CPU's cache, since attention passes over free slots as well. */
const GROWTH = 1.25
/** A pool is laid out smaller when this share of it would do. */
const SPARSE = 1 / 4

export class SlotPool {
  readonly #device: PoolDevice
  readonly #rows = new Set<PoolRow>()
  #tensors: Tensors | undefined
  /** By slot, how many rows own it. */
  #owners: number[] = []
  #free: number[] = []

  constructor(device: PoolDevice) {
    this.#device = device
  }

  /** Slots, free ones and the scrap one included. */
  get capacity(): number {
    return this.#owners.length
  }

  /** Slots that a row owns. */
  get ownedCount(): number {
    return Math.max(0, this.capacity - 1 - this.#free.length)
  }

  /** All layers, [.., capacity, ..]. */
  get tensors(): Tensors {
    if (this.#tensors === undefined) throw new Error('internal: a pool without slots')
    return this.#tensors
  }

  addRow(): PoolRow {
    const row = { slots: [], hidden: [], firstSpoilt: Infinity }
    this.#rows.add(row)
    return row
  }

  /** Forgets the row; with the last one the device's memory goes. */
  dropRow(row: PoolRow): void {
    this.truncate(row, 0)
    this.#rows.delete(row)
    if (this.#rows.size > 0) return
    disposeAll(this.#tensors)
    this.#tensors = undefined
    this.#owners = []
    this.#free = []
  }

  /** Makes sure that `count` slots are free: a pool that is full, or much too large, is laid out anew, and its rows get other slots. */
  async reserve(count: number): Promise<void> {
    const capacity = roomFor(this.ownedCount + 1 + count)
    if (this.#free.length >= count && capacity > this.capacity * SPARSE) return
    const owned = [...this.#owners.keys()].filter((slot) => (this.#owners[slot] ?? 0) > 0)
    const places = [SCRAP, ...owned, ...new Array<number>(capacity - 1 - owned.length).fill(SCRAP)]
    const previous = this.#tensors
    this.#tensors = await this.#device.layOut(previous, places)
    disposeAll(previous)
    const moved = new Map(owned.map((slot, index) => [slot, index + 1]))
    for (const row of this.#rows) row.slots = row.slots.map((slot) => moved.get(slot) ?? SCRAP)
    this.#owners = places.map((slot) => (slot === SCRAP ? 0 : (this.#owners[slot] ?? 0)))
    this.#free = freeAfter(owned.length, capacity)
  }

  /** Moves rows into a pool of their own, with `count` free slots or more; theirs here become free. */
  async split(rows: readonly PoolRow[], count: number): Promise<SlotPool> {
    const pool = new SlotPool(this.#device)
    const owned = [...new Set(rows.flatMap(({ slots }) => slots))]
    const places = [SCRAP, ...owned, ...new Array<number>(roomFor(owned.length + 1 + count) - 1 - owned.length).fill(SCRAP)]
    pool.#tensors = await this.#device.layOut(this.#tensors, places)
    pool.#owners = places.map(() => 0)
    pool.#free = freeAfter(owned.length, places.length)
    const moved = new Map(owned.map((slot, index) => [slot, index + 1]))
    for (const row of rows) {
      this.#release(row.slots)
      this.#rows.delete(row)
      row.slots = row.slots.map((slot) => moved.get(slot) ?? SCRAP)
      for (const slot of row.slots) pool.#owners[slot] = (pool.#owners[slot] ?? 0) + 1
      pool.#rows.add(row)
    }
    return pool
  }

  /** An empty pool on the same device. */
  openApart(): SlotPool {
    return new SlotPool(this.#device)
  }

  /** Appends copies of all slots of a row of another pool; as many were reserved. */
  async take(row: PoolRow, other: SlotPool, from: PoolRow): Promise<void> {
    await this.#device.copy(other.tensors, from.slots, this.tensors, this.nextFree(from.slots.length))
    const start = row.slots.length
    this.append(row, from.hidden)
    row.firstSpoilt = Math.min(row.firstSpoilt, start + from.firstSpoilt)
  }

  /** Whether rows besides these own slots here. */
  isSharedBy(rows: readonly PoolRow[]): boolean {
    return [...this.#rows].some((row) => !rows.includes(row))
  }

  /** The free slots that the next `append` of as many may take. */
  nextFree(count: number): number[] {
    if (count > this.#free.length) throw new Error(`internal: ${count} slots were not reserved`)
    return count === 0 ? [] : this.#free.slice(-count).reverse()
  }

  /** Makes the next free slots the row's. */
  append(row: PoolRow, hidden: readonly boolean[]): void {
    for (const slot of this.nextFree(hidden.length)) {
      this.#free.pop()
      this.#owners[slot] = 1
      row.slots.push(slot)
    }
    row.hidden.push(...hidden)
  }

  truncate(row: PoolRow, length: number): void {
    this.#release(row.slots.splice(length))
    row.hidden.length = length
    if (row.firstSpoilt >= length) row.firstSpoilt = Infinity
  }

  /** Lets `to` own the first `length` slots of `from` instead of its own. */
  share(from: PoolRow, to: PoolRow, length: number): void {
    const slots = from.slots.slice(0, length)
    for (const slot of slots) this.#owners[slot] = (this.#owners[slot] ?? 0) + 1
    const hidden = from.hidden.slice(0, length)
    const firstSpoilt = from.firstSpoilt < length ? from.firstSpoilt : Infinity
    this.truncate(to, 0)
    to.slots.push(...slots)
    to.hidden.push(...hidden)
    to.firstSpoilt = firstSpoilt
  }

  /** The first is the next to be taken, so that a row which is taken back finds its slots again, and the same sums. */
  #release(slots: readonly number[]): void {
    for (const slot of slots.toReversed()) {
      const owners = (this.#owners[slot] ?? 0) - 1
      this.#owners[slot] = owners
      if (owners === 0) this.#free.push(slot)
    }
  }
}

/** The slots behind the owned ones, the lowest last, since they are taken from the end. */
function freeAfter(ownedCount: number, capacity: number): number[] {
  return Array.from({ length: capacity - 1 - ownedCount }, (_, index) => capacity - 1 - index)
}

function roomFor(slots: number): number {
  return Math.ceil((slots * GROWTH + BUCKET / 2) / BUCKET) * BUCKET
}

function disposeAll(tensors: Tensors | undefined): void {
  for (const tensor of Object.values(tensors ?? {})) tensor.dispose()
}
