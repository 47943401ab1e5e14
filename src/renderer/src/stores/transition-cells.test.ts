import { describe, expect, it } from 'vitest'
import { matrixCells } from './transition-cells.ts'

describe('the transition matrix', () => {
  it('has its cells row by row with shares of all pairs', () => {
    expect(matrixCells({ transitions: { bothRight: 50, harmed: 5, helped: 20, bothWrong: 25 } }).map(({ title, count, share }) => [title, count, share])).toEqual([['Both right', 50, 0.5], ['Harmed', 5, 0.05], ['Helped', 20, 0.2], ['Both wrong', 25, 0.25]])
  })

  it('has no shares where there are no pairs', () => {
    expect(matrixCells({ transitions: { bothRight: 0, harmed: 0, helped: 0, bothWrong: 0 } }).map(({ share }) => share)).toEqual([null, null, null, null])
  })
})
