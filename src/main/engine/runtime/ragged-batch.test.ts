/** @file Which rows ride together, how inputs are cut, and that no cut changes what a position sees. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newTokenNames } from '../decoder/decoder-graph.ts'
import { CpuCache } from './cpu-cache.ts'
import { float32Tensor } from './graph-session.ts'
import { attentionMask, cutChunk, groupRows, joinRows, LATENT, type RowInput } from './ragged-batch.ts'

const HIDDEN_SIZE = 2

/** Without layers a cache is its bookkeeping alone. */
function emptyCache(rowCount: number): CpuCache {
  return new CpuCache({ numHiddenLayers: 0, numKeyValueHeads: 1, headDim: 2 }, rowCount)
}

function input(row: number, length: number, options: Partial<RowInput> = {}): RowInput {
  const ids = Array.from({ length }, (_, index) => 10 * row + index)
  return { row, ids, positions: ids.map((_, index) => index), ...options }
}

describe('groupRows', () => {
  const rowsOf = (groups: readonly (readonly RowInput[])[]): number[][] => groups.map((group) => group.map(({ row }) => row))

  test('rows of like length ride together, in the order of the cache', () => {
    expect(rowsOf(groupRows([input(2, 1), input(0, 1), input(1, 1)], true))).toEqual([[0, 1, 2]])
  })

  test('a cache that takes one row a run gets one row a run', () => {
    expect(rowsOf(groupRows([input(1, 1), input(0, 1)], false))).toEqual([[0], [1]])
  })

  test('rows whose padding would cost more than another run go alone', () => {
    expect(rowsOf(groupRows([input(0, 500), input(1, 1)], true))).toEqual([[1], [0]])
    expect(rowsOf(groupRows([input(0, 30), input(1, 1)], true))).toEqual([[0, 1]])
    expect(rowsOf(groupRows([input(0, 1), input(200, 1)], true))).toEqual([[0], [200]])
  })

  test('a prompt among single tokens goes alone, and they ride together', () => {
    const tokens = [0, 1, 2, 4, 5, 6, 7].map((row) => input(row, 1))
    expect(rowsOf(groupRows([...tokens, input(3, 60)], true))).toEqual([[0, 1, 2, 4, 5, 6, 7], [3]])
  })

  test('rows that lie far apart ride in two runs', () => {
    const rows = [0, 1, 2, 100, 101].map((row) => input(row, 2))
    expect(rowsOf(groupRows(rows, true))).toEqual([[0, 1, 2], [100, 101]])
  })

  test('every row rides once, and never at more than the cost of one run for all or of one for each', () => {
    const anyInputs = fc.uniqueArray(fc.tuple(fc.nat({ max: 80 }), fc.integer({ min: 1, max: 100 })), { selector: ([row]) => row, minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(anyInputs, (drawn) => {
        const groups = groupRows(drawn.map(([row, length]) => input(row, length)), true)
        expect(rowsOf(groups).flat().sort((a, b) => a - b)).toEqual(drawn.map(([row]) => row).sort((a, b) => a - b))
        const cost = (rows: readonly RowInput[]): number => {
          const indices = rows.map(({ row }) => row)
          const cells = (Math.max(...indices) - Math.min(...indices) + 1) * Math.max(...rows.map(({ ids }) => ids.length))
          const tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0)
          return 32 + tokens + 0.25 * (cells - tokens)
        }
        const all = groups.flat()
        const together = cost(all)
        const alone = all.reduce((sum, one) => sum + cost([one]), 0)
        expect(groups.reduce((sum, group) => sum + cost(group), 0)).toBeLessThanOrEqual(Math.min(together, alone))
      }),
    )
  })

  test('rows without input are left out', () => {
    expect(rowsOf(groupRows([input(0, 0), input(1, 2)], true))).toEqual([[1]])
    expect(groupRows([input(0, 0)], true)).toEqual([])
    expect(groupRows([], true)).toEqual([])
  })
})

describe('cutChunk', () => {
  test('tokens lie without padding, and cells at the end of shorter rows and of rows in between are nobody\'s', () => {
    const group = [input(1, 3, { wantLogits: true }), input(3, 1, { wantLogits: true, hiddenStates: 1 })]
    const chunk = cutChunk(group, 0, 3, HIDDEN_SIZE)
    expect(chunk).toMatchObject({ first: 1, end: 4, seq: 3, latents: [] })
    expect(chunk.ids).toEqual([10, 11, 12, 30])
    expect(chunk.cells).toEqual([0, 1, 2, 6])
    expect(chunk.positions).toEqual([0, 1, 2, 0, 0, 0, 0, 0, 0])
    expect(chunk.appended).toEqual([
      { row: 1, count: 3 },
      { row: 3, count: 1 },
    ])
    expect(chunk.wantedLogits).toEqual([
      { row: 1, token: 2 },
      { row: 3, token: 3 },
    ])
    expect(chunk.wantedHidden).toEqual([{ row: 3, token: 3 }])
  })

  test('latents are taken in order, across cuts', () => {
    const latents = Float32Array.of(1, 1, 2, 2, 3, 3)
    const row: RowInput = { row: 0, ids: [LATENT, 7, LATENT, LATENT], positions: [5, 6, 7, 8], latents }
    expect(cutChunk([row], 0, 2, HIDDEN_SIZE)).toMatchObject({ ids: [0, 7], latentIndex: [0, -1], latents: [Float32Array.of(1, 1)] })
    const second = cutChunk([row], 2, 2, HIDDEN_SIZE)
    expect(second).toMatchObject({ ids: [0, 0], positions: [7, 8], latentIndex: [0, 1] })
    expect(second.latents).toEqual([Float32Array.of(2, 2), Float32Array.of(3, 3)])
  })

  test('wanted hidden states may lie on both sides of a cut', () => {
    const row = input(0, 5, { hiddenStates: 3, wantLogits: true })
    expect(cutChunk([row], 0, 3, HIDDEN_SIZE)).toMatchObject({ wantedHidden: [{ row: 0, token: 2 }], wantedLogits: [] })
    const last = cutChunk([row], 3, 2, HIDDEN_SIZE)
    expect(last.wantedHidden.map(({ token }) => token)).toEqual([0, 1])
    expect(last.wantedLogits).toEqual([{ row: 0, token: 1 }])
  })

  test('a latent position without latents is a bug', () => {
    expect(() => cutChunk([{ row: 0, ids: [LATENT], positions: [0] }], 0, 1, HIDDEN_SIZE)).toThrow('internal: a latent position without latents')
  })
})

/** Results of a cache without layers: only the bookkeeping of rows is of interest. */
const noLayers = { [newTokenNames.keys]: float32Tensor(new Float32Array(0), [0]), [newTokenNames.values]: float32Tensor(new Float32Array(0), [0]) }

describe('attentionMask', () => {
  /** Rows of 1 (visible) and 0, [batch * seq][past + seq]. */
  function visible(mask: Float32Array, width: number): number[][] {
    return Array.from({ length: mask.length / width }, (_, line) => [...mask.subarray(line * width, (line + 1) * width)].map((value) => (value === 0 ? 1 : 0)))
  }

  test('a position sees past slots, itself and what came before it in its own row; never padding', () => {
    const cache = emptyCache(2)
    cache.append(0, noLayers, 2, [{ row: 0, count: 2 }, { row: 1, count: 1 }])
    const chunk = cutChunk([input(0, 2), input(1, 1)], 0, 2, HIDDEN_SIZE)
    expect(visible(attentionMask(cache, chunk, 3), 5)).toEqual([
      [1, 1, 0, 1, 0],
      [1, 1, 0, 1, 1],
      [1, 0, 0, 1, 0],
      [0, 0, 0, 0, 0],
    ])
  })

  test('hidden positions are seen by nobody, themselves included', () => {
    const cache = emptyCache(1)
    cache.append(0, noLayers, 2, [{ row: 0, count: 2, hidden: [true, false] }])
    const chunk = cutChunk([input(0, 2, { hidden: [true, false] })], 0, 2, HIDDEN_SIZE)
    expect(visible(attentionMask(cache, chunk, 2), 4)).toEqual([
      [0, 1, 0, 0],
      [0, 1, 0, 1],
    ])
  })

  const rows = fc.uniqueArray(
    fc.record({
      row: fc.nat({ max: 3 }),
      hidden: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
    }),
    { selector: ({ row }) => row, minLength: 1, maxLength: 4 },
  )

  test('any cut into chunks shows each position the same earlier ones', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 9, maxLength: 9 }), (rows, cuts) => {
        const group = rows.map(({ row, hidden }) => input(row, hidden.length, { hidden }))
        const longest = Math.max(...group.map(({ ids }) => ids.length))
        const seen = (cutLengths: readonly number[]): Map<string, number[]> => {
          const cache = emptyCache(4)
          const found = new Map<string, number[]>()
          let start = 0
          for (const cut of cutLengths) {
            if (start >= longest) break
            const seq = Math.min(cut, longest - start)
            const chunk = cutChunk(group, start, seq, HIDDEN_SIZE)
            const mask = attentionMask(cache, chunk, start)
            for (const { row, count } of chunk.appended) {
              for (let query = 0; query < count; query++) {
                const line = mask.subarray(((row - chunk.first) * seq + query) * (start + seq)).subarray(0, start + seq)
                found.set(`${row}:${start + query}`, [...line.keys()].filter((key) => line[key] === 0))
              }
            }
            cache.append(chunk.first, noLayers, seq, chunk.appended)
            start += seq
          }
          return found
        }
        expect(seen(cuts)).toEqual(seen([longest]))
      }),
    )
  })
})

test('joinRows puts parts one after another', () => {
  expect(joinRows([])).toEqual(new Float32Array(0))
  expect(joinRows([Float32Array.of(1), Float32Array.of(2, 3)])).toEqual(Float32Array.of(1, 2, 3))
})
