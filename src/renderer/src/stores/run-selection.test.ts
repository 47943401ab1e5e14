import { describe, expect, it } from 'vitest'
import { emptySelection, extendTo, keepRows, rowBeside, selectAll, selectOnly, toggleRow, type RowSelection } from './run-selection.ts'

const rows = ['a', 'b', 'c', 'd']
const selectedIn = ({ selected }: RowSelection<string>): string => [...selected].toSorted().join('')

describe('a selection of rows', () => {
  it('follows a click, and one that adds', () => {
    const one = selectOnly('b')
    expect(selectedIn(one)).toBe('b')
    expect(selectedIn(toggleRow(one, 'd'))).toBe('bd')
    expect(selectedIn(toggleRow(toggleRow(one, 'd'), 'b'))).toBe('d')
  })

  it('extends from where it began, in both directions', () => {
    const down = extendTo(selectOnly('b'), 'd', rows)
    expect(selectedIn(down)).toBe('bcd')
    expect(selectedIn(extendTo(down, 'a', rows))).toBe('ab')
    expect(selectedIn(extendTo(emptySelection<string>(), 'c', rows))).toBe('c')
  })

  it('moves within the list', () => {
    expect([rowBeside(emptySelection<string>(), 1, rows), rowBeside(emptySelection<string>(), -1, rows)]).toEqual(['a', 'd'])
    expect([rowBeside(selectOnly('b'), 1, rows), rowBeside(selectOnly('b'), -9, rows), rowBeside(selectOnly('b'), 9, rows)]).toEqual(['c', 'a', 'd'])
    expect([rowBeside(emptySelection<string>(), -Infinity, rows), rowBeside(emptySelection<string>(), Infinity, rows)]).toEqual(['a', 'd'])
    expect(rowBeside(emptySelection<string>(), 1, [])).toBeNull()
  })

  it('takes all, and loses rows that are gone', () => {
    const all = selectAll(selectOnly('b'), rows)
    expect(selectedIn(all)).toBe('abcd')
    const kept = keepRows(all, new Set(['a', 'c']))
    expect([selectedIn(kept), kept.cursor]).toEqual(['ac', null])
    expect(keepRows(kept, new Set(['a', 'c']))).toBe(kept)
  })
})
