import { describe, expect, it } from 'vitest'
import type { Anchor } from './anchor.ts'
import { anchors, paperNotes } from './anchors.ts'

const valueOf = (part: Partial<Anchor>): number[] => anchors.filter((anchor) => Object.entries(part).every(([key, value]) => anchor[key as keyof Anchor] === value)).map(({ accuracy }) => accuracy)

describe('the paper’s tables', () => {
  it('have one value an id, each a rate with its source', () => {
    expect(new Set(anchors.map(({ id }) => id)).size).toBe(anchors.length)
    for (const { accuracy, source, method } of anchors) {
      expect(accuracy).toBeGreaterThan(0)
      expect(accuracy).toBeLessThan(1)
      expect(source).toMatch(/^(arXiv 2509\.24704, Table \d|OpenReview|github\.com\/)/)
      expect(method).not.toBe('')
    }
  })

  it('have every cell: 3 x 109 main results, then ablations and costs', () => {
    const countOf = (table: string): number => anchors.filter(({ id }) => id.startsWith(`${table}/`)).length
    expect(['table-1', 'table-3', 'table-4', 'table-5', 'table-6', 'table-7', 'table-8'].map(countOf)).toEqual([2 * (13 * 8 + 3), 13 * 8 + 3, 13 * 4, 15, 21, 27, 12])
  })

  it('agree with each other where they print the same cell twice', () => {
    const cell = { model: 'Qwen2.5-1.5B', task: 'kodcode' } as const
    expect(valueOf({ ...cell, method: 'Trained trigger' })).toEqual([0.5816])
    expect(new Set(valueOf({ ...cell, method: 'MemGen SFT' }))).toEqual(new Set([0.5816]))
    expect(new Set(valueOf({ ...cell, method: 'Vanilla' }))).toEqual(new Set([0.2455]))
  })

  it('say where the text contradicts them', () => {
    expect(anchors.find(({ method, task, model }) => method === 'AWM' && task === 'alfworld' && model === 'SmolLM3-3B')).toMatchObject({ accuracy: 0.405, note: expect.stringContaining('36.18') as string })
    expect(paperNotes.join(' ')).toContain('38.22')
  })

  it('keep reproductions apart', () => {
    expect(anchors.filter(({ kind }) => kind === 'reproduction').every(({ source }) => source.startsWith('github.com/'))).toBe(true)
    expect(valueOf({ kind: 'reproduction', method: 'MemGen, untrained trigger' })).toEqual([0.565])
  })
})
