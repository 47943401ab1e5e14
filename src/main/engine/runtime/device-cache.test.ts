/** @file Slots of a pool hold what was appended to each row, whatever is truncated, forked, copied and laid out anew; buffers are freed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cacheNames, TOKEN_SUMS } from '../decoder/decoder-graph.ts'
import { slotInputNames } from '../decoder/pooled-attention.ts'
import { DeviceCache } from './device-cache.ts'
import { float32Data, float32Tensor, type Tensor, type Tensors } from './graph-session.ts'
import { cutChunk, type RowInput } from './ragged-batch.ts'
import type { PoolDevice } from './slot-pool.ts'

const sizes = { numHiddenLayers: 1, numKeyValueHeads: 1, headDim: 1 }
const ROWS = 3
/** An id whose numbers are not finite. */
const SPOILT = 999_999
const { pastKey, pastValue, presentKey } = cacheNames(0)

/** A device in JavaScript: pools are plain tensors, a run writes each token's id into its slot. */
class FakeDevice implements PoolDevice {
  alive = 0

  layOut(pool: Tensors | undefined, places: readonly number[]): Promise<Tensors> {
    const old = pool === undefined ? Float32Array.of(0) : float32Data(pool, pastKey)
    const moved = Float32Array.from(places, (place) => old[place] ?? NaN)
    return Promise.resolve({ [pastKey]: this.#tensor(moved, [1, 1, places.length]), [pastValue]: this.#tensor(moved.slice(), [1, places.length, 1]) })
  }

  copy(source: Tensors, places: readonly number[], pool: Tensors, slots: readonly number[]): Promise<void> {
    const [from, to] = [float32Data(source, pastKey), float32Data(pool, pastKey)]
    for (const [index, slot] of slots.entries()) to[slot] = from[places[index] ?? -1] ?? NaN
    return Promise.resolve()
  }

  #tensor(data: Float32Array, shape: number[]): Tensor {
    const tensor = float32Tensor(data, shape)
    const dispose = tensor.dispose.bind(tensor)
    this.alive++
    tensor.dispose = () => {
      this.alive--
      dispose()
    }
    return tensor
  }

  /** Returns the ids that each input's last position sees, itself included. */
  async run(cache: DeviceCache, inputs: readonly RowInput[]): Promise<number[][]> {
    const seq = Math.max(...inputs.map(({ ids }) => ids.length))
    const chunk = cutChunk(inputs, 0, seq, 1)
    const { feeds, into, keep } = await cache.prepare(chunk)
    const slots = [...(feeds[slotInputNames.keys]?.data as BigInt64Array)].map(Number)
    const pool = float32Data(into, presentKey)
    // Cells that are nobody's write too, where no one may see it.
    for (const [cell, slot] of slots.entries()) pool[slot] = chunk.ids[chunk.cells.indexOf(cell)] ?? NaN
    const mask = float32Data(feeds, 'attention_mask')
    keep({ [TOKEN_SUMS]: float32Tensor(Float32Array.from(chunk.ids, (id) => (id === SPOILT ? NaN : id)), [chunk.ids.length, 1]) })
    return inputs.map(({ row, ids }) => {
      const line = ((row - chunk.first) * seq + ids.length - 1) * pool.length
      return [...pool.entries()].filter(([slot]) => mask[line + slot] === 0).map(([, id]) => id).sort((a, b) => a - b)
    })
  }
}

function input(row: number, ids: readonly number[], hidden?: readonly boolean[]): RowInput {
  return { row, ids, positions: ids.map((_, index) => index), ...(hidden === undefined ? {} : { hidden }) }
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('append' as const), place: fc.nat(), counts: fc.array(fc.nat({ max: 40 }), { minLength: ROWS, maxLength: ROWS }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('truncate' as const, 'copy' as const, 'fork' as const, 'apart' as const), place: fc.nat(), row: fc.nat({ max: ROWS - 1 }), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dispose' as const), place: fc.nat() }) },
)

test('every row sees what was appended to it and nothing else, and nothing is left when all caches are gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const device = new FakeDevice()
      // Each cache beside the ids that its rows should hold.
      let open = [{ cache: DeviceCache.open(sizes, ROWS, device), rows: Array.from({ length: ROWS }, () => [] as number[]) }]
      let nextId = 1
      for (const action of steps) {
        const chosen = open[action.place % Math.max(1, open.length)]
        if (chosen === undefined) break
        const { cache, rows } = chosen
        if (action.kind === 'dispose') {
          cache.dispose()
          open = open.filter((one) => one !== chosen)
        } else if (action.kind === 'append') {
          const inputs = rows.flatMap((ids, row) => {
            const added = Array.from({ length: action.counts[row] ?? 0 }, () => nextId++)
            ids.push(...added)
            return added.length === 0 ? [] : [input(row, added)]
          })
          if (inputs.length > 0) expect(await device.run(cache, inputs)).toEqual(inputs.map(({ row }) => rows[row]))
        } else {
          const row = action.row % rows.length
          const kept = rows[row]?.slice(0, Math.round(action.share * cache.length(row))) ?? []
          if (action.kind === 'fork') open.push({ cache: cache.fork(row, kept.length), rows: [kept] })
          else if (action.kind === 'apart') {
            cache.truncate(row, 0)
            const ids = Array.from({ length: 1 + kept.length }, () => nextId++)
            const apart = cache.openApart()
            expect(await device.run(apart, [input(0, ids)])).toEqual([ids])
            await cache.adopt(row, apart)
            rows[row] = ids
          } else if (action.kind === 'copy') {
            cache.copyPrefix(row, (row + 1) % rows.length, kept.length)
            rows[(row + 1) % rows.length] = kept
          } else {
            cache.truncate(row, kept.length)
            rows[row] = kept
          }
        }
        for (const { cache, rows } of open) expect(rows.map((_, row) => cache.length(row))).toEqual(rows.map(({ length }) => length))
      }
      for (const { cache } of open) cache.dispose()
      expect(device.alive).toBe(0)
    }),
    { numRuns: 150 },
  )
})

test('hidden positions are seen by nobody, themselves included', async () => {
  const device = new FakeDevice()
  const cache = DeviceCache.open(sizes, 1, device)
  expect(await device.run(cache, [input(0, [1, 2, 3], [false, true, false])])).toEqual([[1, 3]])
  expect(await device.run(cache, [input(0, [4], [true])])).toEqual([[1, 3]])
  expect(await device.run(cache, [input(0, [5])])).toEqual([[1, 3, 5]])
})

test('a row is spoilt by numbers that are not finite, with its copies, until it goes back behind them', async () => {
  const device = new FakeDevice()
  const cache = DeviceCache.open(sizes, 2, device)
  await device.run(cache, [input(0, [1, 2, SPOILT, 4]), input(1, [5])])
  cache.copyPrefix(0, 1, 3)
  const forks = [cache.fork(0, 2), cache.fork(0, 3)]
  expect([cache.isSpoilt(0), cache.isSpoilt(1), ...forks.map((fork) => fork.isSpoilt(0))]).toEqual([true, true, false, true])
  cache.truncate(0, 2)
  expect([cache.isSpoilt(0), cache.isSpoilt(1)]).toEqual([false, true])
})

test('a row that goes back and forth takes no more memory', async () => {
  const device = new FakeDevice()
  const cache = DeviceCache.open(sizes, 1, device)
  await device.run(cache, [input(0, [1, 2, 3])])
  const { feeds } = await cache.prepare(cutChunk([input(0, [4])], 0, 1, 1))
  const capacity = feeds[pastKey]?.dims[2]
  for (let round = 0; round < 500; round++) {
    expect(await device.run(cache, [input(0, [10, 11])])).toEqual([[1, 2, 3, 10, 11]])
    cache.truncate(0, 3)
  }
  const after = await cache.prepare(cutChunk([input(0, [4])], 0, 1, 1))
  expect(after.feeds[pastKey]?.dims[2]).toBe(capacity)
})

test('a pool shrinks when most of it is forgotten', async () => {
  const device = new FakeDevice()
  const cache = DeviceCache.open(sizes, 1, device)
  await device.run(cache, [input(0, Array.from({ length: 2000 }, (_, index) => index))])
  cache.truncate(0, 5)
  const { feeds } = await cache.prepare(cutChunk([input(0, [4])], 0, 1, 1))
  expect(feeds[pastKey]?.dims[2]).toBe(64)
})

test('a failed run leaves the cache as it was', async () => {
  const device = new FakeDevice()
  const cache = DeviceCache.open(sizes, 1, device)
  await device.run(cache, [input(0, [1, 2])])
  await cache.prepare(cutChunk([input(0, [9, 9, 9])], 0, 3, 1)) // and nothing is kept
  expect(await device.run(cache, [input(0, [3])])).toEqual([[1, 2, 3]])
})

test('truncating to more than there is, and rows that do not exist, are bugs', () => {
  const cache = DeviceCache.open(sizes, 1, new FakeDevice())
  expect(() => cache.truncate(0, 1)).toThrow('internal: cannot truncate 0 slots to 1')
  expect(() => cache.length(1)).toThrow('internal: cache has no row 1')
  expect(() => cache.fork(0, 1)).toThrow('internal:')
  expect(() => cache.copyPrefix(0, 0, 1)).toThrow('internal:')
})
