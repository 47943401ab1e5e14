/** @file The cache in JavaScript arrays holds what was appended, whatever is truncated, forked and grown in between. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cacheNames, newTokenNames } from '../decoder/decoder-graph.ts'
import { CpuCache } from './cpu-cache.ts'
import { float32Data, float32Tensor, type Tensors } from './graph-session.ts'
import type { AppendedRow } from './key-value-cache.ts'

const sizes = { numHiddenLayers: 2, numKeyValueHeads: 2, headDim: 3 }
const ROWS = 3

/** A run's results in which each slot is recognisable: value = tag + 0.1 * layer + 0.01 * head. Values are negated keys. */
function results(batch: number, seq: number, tag: (batchIndex: number, position: number) => number): Tensors {
  const { numHiddenLayers, numKeyValueHeads, headDim } = sizes
  const keys = new Float32Array(numHiddenLayers * batch * numKeyValueHeads * seq * headDim)
  for (const index of keys.keys()) {
    const position = Math.floor(index / headDim) % seq
    const head = Math.floor(index / headDim / seq) % numKeyValueHeads
    const batchIndex = Math.floor(index / headDim / seq / numKeyValueHeads) % batch
    const layer = Math.floor(index / headDim / seq / numKeyValueHeads / batch)
    keys[index] = tag(batchIndex, position) + 0.1 * layer + 0.01 * head
  }
  const shape = [numHiddenLayers * batch, numKeyValueHeads, seq, headDim]
  return { [newTokenNames.keys]: float32Tensor(keys, shape), [newTokenNames.values]: float32Tensor(keys.map((value) => -value), shape) }
}

/** The tag of every live slot of a row, after checking it in all layers, heads and elements of keys and values. */
function tags(cache: CpuCache, row: number): number[] {
  const { feeds, pastLength } = cache.past(row, row + 1)
  const { numHiddenLayers, numKeyValueHeads, headDim } = sizes
  return Array.from({ length: cache.length(row) }, (_, slot) => {
    const tag = Math.round(float32Data(feeds, cacheNames(0).pastKey)[slot * headDim] ?? NaN)
    for (let layer = 0; layer < numHiddenLayers; layer++) {
      const { pastKey, pastValue } = cacheNames(layer)
      for (let head = 0; head < numKeyValueHeads; head++) {
        const start = (head * pastLength + slot) * headDim
        const expected = new Float32Array(headDim).fill(tag + 0.1 * layer + 0.01 * head)
        expect(float32Data(feeds, pastKey).subarray(start, start + headDim)).toEqual(expected)
        expect(float32Data(feeds, pastValue).subarray(start, start + headDim)).toEqual(expected.map((value) => -value))
      }
    }
    return tag
  })
}

function hiddenSlots(cache: CpuCache, row: number): boolean[] {
  const mask = new Float32Array(cache.length(row) + 2).fill(5)
  cache.writeMask(row, mask, 1, cache.length(row))
  expect([mask[0], mask.at(-1)]).toEqual([5, 5])
  return [...mask.subarray(1, -1)].map((value) => value < 0)
}

test('an empty cache offers no slots, and one with a single filled row offers all rows as many', () => {
  const cache = new CpuCache(sizes, ROWS)
  expect(cache.past(0, ROWS)).toMatchObject({ pastLength: 0 })
  cache.append(1, results(1, 2, (_, position) => position), 2, [{ row: 1, count: 2 }])
  expect(cache.past(0, 1).pastLength).toBe(0)
  const { feeds, pastLength } = cache.past(0, ROWS)
  expect(pastLength).toBeGreaterThanOrEqual(2)
  expect(feeds[cacheNames(1).pastValue]?.dims).toEqual([ROWS, 2, pastLength, 3])
})

test('slots beyond the length of a row are masked', () => {
  const cache = new CpuCache(sizes, 1)
  cache.append(0, results(1, 1, () => 1), 1, [{ row: 0, count: 1 }])
  const mask = new Float32Array(4)
  cache.writeMask(0, mask, 0, 4)
  expect([...mask].map((value) => value === 0)).toEqual([true, false, false, false])
})

test('truncating to more than there is, and rows that do not exist, are bugs', () => {
  const cache = new CpuCache(sizes, 1)
  expect(() => {
    cache.truncate(0, 1)
  }).toThrow('internal: cannot truncate 0 slots to 1')
  expect(() => cache.length(1)).toThrow('internal: cache has no row 1')
  expect(() => cache.fork(0, 1)).toThrow('internal:')
  expect(() => {
    cache.copyPrefix(0, 0, 1)
  }).toThrow('internal:')
})

/** What a cache should hold: per row its slots as (tag, hidden). */
type Model = { tag: number; isHidden: boolean }[][]

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: fc.subarray([0, 1, 2], { minLength: 1 }), counts: fc.array(fc.nat({ max: 40 }), { minLength: 3, maxLength: 3 }), hideEvery: fc.integer({ min: 2, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), row: fc.nat({ max: 2 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), row: fc.nat({ max: 2 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fork' as const), row: fc.nat({ max: 2 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
)

test('a cache holds what a list of slots a row would hold, under any appends, truncations, copies and forks', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), (operations) => {
      const cache = new CpuCache(sizes, ROWS)
      const model: Model = [[], [], []]
      const forks: { cache: CpuCache; slots: Model[number] }[] = []
      let nextTag = 1
      for (const step of operations) {
        if (step.kind === 'append') {
          const first = Math.min(...step.rows)
          const batch = Math.max(...step.rows) - first + 1
          const seq = Math.max(1, ...step.counts)
          const base = nextTag
          nextTag += batch * seq
          const tag = (batchIndex: number, position: number): number => base + batchIndex * seq + position
          const appended: AppendedRow[] = step.rows.map((row) => {
            const count = step.counts[row] ?? 0
            const hidden = Array.from({ length: count }, (_, index) => index % step.hideEvery === 1)
            for (const [index, isHidden] of hidden.entries()) model[row]?.push({ tag: tag(row - first, index), isHidden })
            return { row, count, hidden }
          })
          cache.append(first, results(batch, seq, tag), seq, appended)
        } else {
          const slots = model[step.row] ?? []
          const length = Math.round(step.share * slots.length)
          if (step.kind === 'fork') forks.push({ cache: cache.fork(step.row, length), slots: slots.slice(0, length) })
          else if (step.kind === 'copy') {
            const target = (step.row + 1) % ROWS
            cache.copyPrefix(step.row, target, length)
            model[target] = slots.slice(0, length)
          } else {
            cache.truncate(step.row, length)
            slots.length = length
          }
        }
      }
      const views = [...model.map((slots, row) => ({ cache, row, slots })), ...forks.map((fork) => ({ ...fork, row: 0 }))]
      for (const { cache, row, slots } of views) {
        expect(cache.length(row)).toBe(slots.length)
        expect(tags(cache, row)).toEqual(slots.map(({ tag }) => tag))
        expect(hiddenSlots(cache, row)).toEqual(slots.map(({ isHidden }) => isHidden))
      }
    }),
    { numRuns: 40 },
  )
})

test('a fork and its source do not notice each other', () => {
  const cache = new CpuCache(sizes, 1)
  cache.append(0, results(1, 3, (_, position) => position + 1), 3, [{ row: 0, count: 3 }])
  const fork = cache.fork(0, 2)
  fork.append(0, results(1, 1, () => 50), 1, [{ row: 0, count: 1 }])
  cache.truncate(0, 1)
  cache.append(0, results(1, 1, () => 60), 1, [{ row: 0, count: 1 }])
  expect(tags(cache, 0)).toEqual([1, 60])
  expect(tags(fork, 0)).toEqual([1, 2, 50])
})

test('a cache that grows or is disposed of gives the memory of its arrays back at once', () => {
  const cache = new CpuCache(sizes, 1)
  const offered = (): Float32Array => float32Data(cache.past(0, 1).feeds, cacheNames(1).pastValue)
  cache.append(0, results(1, 1, () => 0), 1, [{ row: 0, count: 1 }])
  const small = offered()
  const count = small.length
  cache.append(0, results(1, count, (_, position) => position), count, [{ row: 0, count }])
  const large = offered()
  expect(small.length).toBe(0)
  expect(large.length).toBeGreaterThan(count)
  cache.dispose()
  expect(large.length).toBe(0)
})
