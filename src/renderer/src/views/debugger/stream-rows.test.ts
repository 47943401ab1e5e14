import { describe, expect, it } from 'vitest'
import { appendItems, rowOf, weaveLabel, type StreamItem, type StreamRow } from './stream-rows.ts'

function token(index: number, columns: number, endsRow = false): StreamItem {
  return { kind: 'token', key: `s${index}`, columns, endsRow, index, parts: [], isSpecial: false, mark: null }
}
function prompt(index: number, columns: number): StreamItem {
  return { kind: 'prompt', key: `p${index}`, columns, endsRow: false, index, parts: [], isSpecial: false }
}

describe('stream rows', () => {
  it('break where a row is full, where a token ends its line, and between prompt and generation', () => {
    const rows: StreamRow[] = []
    appendItems(rows, [prompt(0, 3), token(0, 4), token(1, 4), token(2, 4, true), token(3, 1)], 10)
    expect(rows.map((row) => row.items.map((item) => item.key))).toEqual([['p0'], ['s0', 's1'], ['s2'], ['s3']])
  })

  it('grow by the same rule however the tokens arrive', () => {
    const items = Array.from({ length: 50 }, (_, index) => token(index, 1 + (index % 7), index % 11 === 0))
    const atOnce: StreamRow[] = []
    const oneByOne: StreamRow[] = []
    appendItems(atOnce, items, 20)
    for (const item of items) appendItems(oneByOne, [item], 20)
    expect(oneByOne).toEqual(atOnce)
  })

  it('find the row of every token', () => {
    const rows: StreamRow[] = []
    const items = [prompt(0, 5), prompt(1, 8), ...Array.from({ length: 40 }, (_, index) => token(index, 3))]
    appendItems(rows, items, 12)
    for (const item of items) {
      if (item.kind !== 'token' && item.kind !== 'prompt') continue
      const row = rowOf(rows, item.kind === 'token' ? 'step' : 'prompt', item.index)
      expect(rows[row]?.items.some((candidate) => candidate.key === item.key)).toBe(true)
    }
    expect(rowOf(rows, 'step', 99)).toBe(-1)
  })

  it('leave rows that are full untouched when tokens are appended', () => {
    const rows: StreamRow[] = []
    appendItems(rows, [token(0, 9), token(1, 5)], 10)
    const full = rows[0]
    appendItems(rows, [token(2, 2)], 10)
    expect(rows[0]).toBe(full)
    expect(rows).toHaveLength(2)
  })

  it('name a latent block by its count and mean norm', () => {
    expect(weaveLabel({ norms: [6, 7, 5] })).toBe('3 latents ‖6.00‖')
  })
})
