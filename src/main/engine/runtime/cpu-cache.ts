/**
 * @file Keys and values in JavaScript arrays, [rows, kvHeads, capacity, headDim] a layer, growing in buckets. ONNX
 * Runtime copies whatever it returns but reads inputs in place, so only new rows are ever fetched.
 */
import { cacheNames, newTokenNames } from '../decoder/decoder-graph.ts'
import { float32Data, float32Tensor, type Tensor, type Tensors } from './graph-session.ts'
import { MASKED, type AppendedRow, type CacheSizes, type KeyValueCache } from './key-value-cache.ts'

/** Slots a cache grows by at least: a whole number of cache lines for every head size, little waste at short contexts. */
const BUCKET = 64

interface LayerArrays {
  key: Float32Array<ArrayBuffer>
  value: Float32Array<ArrayBuffer>
}

interface Row {
  length: number
  /** What is added to the scores of each slot of the capacity. */
  mask: Float32Array
  /** Whether it ever held a number that is not finite: no mask hides one from who gets its slots. */
  isSpoilt: boolean
}

export class CpuCache implements KeyValueCache {
  readonly rowCount: number
  readonly #sizes: CacheSizes
  #capacity = 0
  #layers: LayerArrays[]
  readonly #rows: Row[]
  /** What the last run was given: as long as nothing grows the next takes the same. */
  #offered: { readonly first: number; readonly end: number; readonly pastLength: number; readonly feeds: Tensors } | null = null

  constructor(sizes: CacheSizes, rowCount: number) {
    this.#sizes = sizes
    this.rowCount = rowCount
    this.#rows = Array.from({ length: rowCount }, () => ({ length: 0, mask: new Float32Array(0), isSpoilt: false }))
    this.#layers = Array.from({ length: sizes.numHiddenLayers }, () => ({ key: new Float32Array(0), value: new Float32Array(0) }))
  }

  length(row: number): number {
    return this.#row(row).length
  }

  past(first: number, end: number): { feeds: Tensors; pastLength: number } {
    const { numKeyValueHeads, headDim } = this.#sizes
    let isEmpty = true
    for (let row = first; row < end; row++) isEmpty &&= this.length(row) === 0
    // An empty cache offers no slots at all: scoring a whole bucket of masked ones would double a short prefill.
    const pastLength = isEmpty ? 0 : this.#capacity
    if (this.#offered?.first === first && this.#offered.end === end && this.#offered.pastLength === pastLength) return this.#offered
    const shape = [end - first, numKeyValueHeads, pastLength, headDim]
    const rowSize = numKeyValueHeads * pastLength * headDim
    const view = (array: Float32Array): Tensor => float32Tensor(array.subarray(first * rowSize, end * rowSize), shape)
    const feeds: Record<string, Tensor> = {}
    for (const [layer, arrays] of this.#layers.entries()) {
      const names = cacheNames(layer)
      feeds[names.pastKey] = view(arrays.key)
      feeds[names.pastValue] = view(arrays.value)
    }
    this.#offered = { first, end, pastLength, feeds }
    return this.#offered
  }

  writeMask(row: number, target: Float32Array, offset: number, pastLength: number): void {
    target.set(this.#row(row).mask.subarray(0, pastLength), offset)
  }

  append(first: number, results: Tensors, seq: number, rows: readonly AppendedRow[]): void {
    this.#reserve(Math.max(...rows.map(({ row, count }) => this.length(row) + count)))
    const [keys, values] = [float32Data(results, newTokenNames.keys), float32Data(results, newTokenNames.values)]
    const batch = keys.length / (this.#layers.length * this.#sizes.numKeyValueHeads * seq * this.#sizes.headDim)
    for (const [layer, arrays] of this.#layers.entries()) {
      for (const { row, count } of rows) {
        const place = layer * batch + row - first
        const total = this.#copyRows(arrays.key, keys, row, place, seq, count) + this.#copyRows(arrays.value, values, row, place, seq, count)
        if (!Number.isFinite(total)) this.#row(row).isSpoilt = true
      }
    }
    for (const { row, count, hidden } of rows) {
      const slots = this.#row(row)
      for (let index = 0; index < count; index++) slots.mask[slots.length++] = hidden?.[index] === true ? MASKED : 0
    }
  }

  truncate(row: number, length: number): void {
    const slots = this.#row(row)
    if (length > slots.length) throw new Error(`internal: cannot truncate ${slots.length} slots to ${length}`)
    slots.mask.fill(MASKED, length, slots.length)
    if (slots.isSpoilt) this.#zeroSlots(row, length, slots.length)
    if (length === 0) slots.isSpoilt = false
    slots.length = length
  }

  copyPrefix(from: number, to: number, length: number): void {
    if (length > this.length(from)) throw new Error(`internal: cannot copy ${length} of ${this.length(from)} slots`)
    const { numKeyValueHeads, headDim } = this.#sizes
    const planeSize = this.#capacity * headDim
    for (const { key, value } of this.#layers) {
      for (let head = 0; head < numKeyValueHeads; head++) {
        const source = (from * numKeyValueHeads + head) * planeSize
        const target = (to * numKeyValueHeads + head) * planeSize
        key.copyWithin(target, source, source + length * headDim)
        value.copyWithin(target, source, source + length * headDim)
      }
    }
    this.#copySlots(this.#row(from), this.#row(to), length)
  }

  fork(row: number, length: number): CpuCache {
    return this.forkRows([{ row, length }])
  }

  /** A cache with a row for each of the given beginnings of rows. */
  forkRows(beginnings: readonly { readonly row: number; readonly length: number }[]): CpuCache {
    const forked = new CpuCache(this.#sizes, beginnings.length)
    forked.#reserve(Math.max(...beginnings.map(({ length }) => length)))
    const { numKeyValueHeads, headDim } = this.#sizes
    for (const [place, { row, length }] of beginnings.entries()) {
      if (length > this.length(row)) throw new Error(`internal: cannot fork ${length} of ${this.length(row)} slots`)
      for (const [layer, arrays] of this.#layers.entries()) {
        const target = forked.#layers[layer]
        if (target === undefined) throw new Error('internal: forked cache has fewer layers')
        for (let head = 0; head < numKeyValueHeads; head++) {
          const from = (row * numKeyValueHeads + head) * this.#capacity * headDim
          const to = (place * numKeyValueHeads + head) * forked.#capacity * headDim
          target.key.set(arrays.key.subarray(from, from + length * headDim), to)
          target.value.set(arrays.value.subarray(from, from + length * headDim), to)
        }
      }
      this.#copySlots(this.#row(row), forked.#row(place), length)
    }
    return forked
  }

  dispose(): void {
    this.#offered = null
    for (const { key, value } of this.#layers) freeNow(key, value)
    this.#layers = []
  }

  /** Copies the [kvHeads, seq, headDim] at `place` of a run's results behind the present slots of `row`. Returns their sum: not finite where one of them is not. */
  #copyRows(target: Float32Array, source: Float32Array, row: number, place: number, seq: number, count: number): number {
    const { numKeyValueHeads, headDim } = this.#sizes
    const start = this.length(row)
    let total = 0
    for (let head = 0; head < numKeyValueHeads; head++) {
      const from = (place * numKeyValueHeads + head) * seq * headDim
      const to = ((row * numKeyValueHeads + head) * this.#capacity + start) * headDim
      const end = from + count * headDim
      for (let index = from; index < end; index++) total += source[index] ?? 0
      target.set(source.subarray(from, end), to)
    }
    return total
  }

  #zeroSlots(row: number, start: number, end: number): void {
    const { numKeyValueHeads, headDim } = this.#sizes
    for (const { key, value } of this.#layers) {
      for (let head = 0; head < numKeyValueHeads; head++) {
        const plane = (row * numKeyValueHeads + head) * this.#capacity
        key.fill(0, (plane + start) * headDim, (plane + end) * headDim)
        value.fill(0, (plane + start) * headDim, (plane + end) * headDim)
      }
    }
  }

  /** Makes room for `length` slots a row; the arrays are laid out anew, so growth is by a quarter at least. */
  #reserve(length: number): void {
    if (length <= this.#capacity) return
    const capacity = Math.ceil(Math.max(length + BUCKET / 2, this.#capacity * 1.25) / BUCKET) * BUCKET
    const { numKeyValueHeads, headDim } = this.#sizes
    const planes = this.rowCount * numKeyValueHeads
    const grow = (array: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => {
      const grown = new Float32Array(planes * capacity * headDim)
      const planeSize = this.#capacity * headDim
      for (let plane = 0; plane < planes; plane++) {
        grown.set(array.subarray(plane * planeSize, (plane + 1) * planeSize), plane * capacity * headDim)
      }
      freeNow(array)
      return grown
    }
    this.#offered = null
    this.#layers = this.#layers.map(({ key, value }) => ({ key: grow(key), value: grow(value) }))
    for (const row of this.#rows) {
      const mask = new Float32Array(capacity).fill(MASKED)
      mask.set(row.mask)
      row.mask = mask
    }
    this.#capacity = capacity
  }

  /** Slots of `from` up to `length` become all that `to` has. */
  #copySlots(from: Row, to: Row, length: number): void {
    to.mask.fill(MASKED, length)
    to.mask.set(from.mask.subarray(0, length))
    to.isSpoilt ||= from.isSpoilt
    to.length = length
  }

  #row(row: number): Row {
    const slots = this.#rows[row]
    if (slots === undefined) throw new Error(`internal: cache has no row ${row}`)
    return slots
  }
}

/** Memory outside of V8's heap makes it collect the whole heap, on threads that a decoder's products then lack. */
function freeNow(...arrays: readonly Float32Array<ArrayBuffer>[]): void {
  for (const { buffer } of arrays) buffer.transfer(0)
}
