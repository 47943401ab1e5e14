import { describe, expect, it } from 'vitest'
import { weaveIdSchema } from '../../../../shared/domain/identifiers.ts'
import { appendTokens, rowOf, stepSize, tokenSize, weaveLabel, type StreamRow, type TokenSize } from './stream-rows.ts'

const sized = (columns: number, endsRow = false): TokenSize => ({ columns, endsRow })
const rangesOf = (rows: readonly StreamRow[]): [string, number, number][] => rows.map(({ kind, from, to }) => [kind, from, to])

describe('stream rows', () => {
  it('break where a row is full, where a token ends its line, and between prompt and generation', () => {
    const rows: StreamRow[] = []
    const sizes = [sized(4), sized(4), sized(4, true), sized(1)]
    appendTokens(rows, 'prompt', { from: 0, to: 1 }, () => sized(3), 10)
    appendTokens(rows, 'steps', { from: 0, to: 4 }, (index) => sizes[index] ?? sized(0), 10)
    expect(rangesOf(rows)).toEqual([['prompt', 0, 1], ['steps', 0, 2], ['steps', 2, 3], ['steps', 3, 4]])
  })

  it('give a token that is wider than a row a row of its own', () => {
    const rows: StreamRow[] = []
    appendTokens(rows, 'steps', { from: 0, to: 3 }, (index) => sized(index === 1 ? 300 : 3), 10)
    expect(rangesOf(rows)).toEqual([['steps', 0, 1], ['steps', 1, 2], ['steps', 2, 3]])
  })

  it('grow by the same rule however the tokens arrive', () => {
    const sizeOf = (index: number): TokenSize => sized(1 + (index % 7), index % 11 === 0)
    const atOnce: StreamRow[] = []
    const oneByOne: StreamRow[] = []
    appendTokens(atOnce, 'steps', { from: 0, to: 50 }, sizeOf, 20)
    for (let index = 0; index < 50; index++) appendTokens(oneByOne, 'steps', { from: index, to: index + 1 }, sizeOf, 20)
    expect(oneByOne).toEqual(atOnce)
  })

  it('find the row of every token', () => {
    const rows: StreamRow[] = []
    appendTokens(rows, 'prompt', { from: 0, to: 5 }, () => sized(5), 12)
    appendTokens(rows, 'steps', { from: 0, to: 40 }, () => sized(3), 12)
    for (const [kind, count] of [['prompt', 5], ['step', 40]] as const) {
      for (let index = 0; index < count; index++) {
        const row = rows[rowOf(rows, kind, index)]
        expect(row?.kind).toBe(kind === 'step' ? 'steps' : 'prompt')
        expect(row !== undefined && row.from <= index && index < row.to).toBe(true)
      }
    }
    expect(rowOf(rows, 'step', 99)).toBe(-1)
    expect(rowOf([{ key: 'fold', kind: 'fold', from: 0, to: 5, columns: 0 }], 'prompt', 3)).toBe(-1)
  })

  it('leave rows that are full untouched when tokens are appended, and replace the one that grows', () => {
    const rows: StreamRow[] = []
    const sizes = [sized(9), sized(5), sized(2)]
    const sizeOf = (index: number): TokenSize => sizes[index] ?? sized(0)
    appendTokens(rows, 'steps', { from: 0, to: 2 }, sizeOf, 10)
    const [full, growing] = rows
    appendTokens(rows, 'steps', { from: 2, to: 3 }, sizeOf, 10)
    expect(rows[0]).toBe(full)
    expect(rows[1]).not.toBe(growing)
    expect(growing).toMatchObject({ to: 2 })
    expect(rows).toHaveLength(2)
  })

  it('keep a latent block, and a fork’s sign, with the token they precede', () => {
    const weave = { id: weaveIdSchema.parse('w'), stepIndex: 3, kind: 'inference' as const, contextLength: 0, norms: [6, 7, 5] }
    const plain = tokenSize('a').columns
    expect(stepSize({ text: 'a', index: 3 }, weave, null).columns).toBeGreaterThan(plain + weaveLabel(weave).length)
    expect(stepSize({ text: 'a', index: 3 }, undefined, 3).columns).toBeGreaterThan(plain)
    expect(stepSize({ text: 'a\n', index: 3 }, undefined, 4)).toEqual(tokenSize('a\n'))
  })

  it('name a latent block by its count and mean norm, and say what was done to it', () => {
    expect(weaveLabel({ norms: [6, 7, 5] })).toBe('3 latents ‖6.00‖')
    expect(weaveLabel({ norms: [0], intervention: { kind: 'zero' } })).toBe('✎ zeroed: 1 latent ‖0.00‖')
  })
})
