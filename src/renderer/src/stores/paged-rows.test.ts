import { describe, expect, it } from 'vitest'
import { createPagedRows, type Page } from './paged-rows.ts'

const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0))

function numbersUpTo(count: () => number): { asked: number[]; load: (page: { offset: number; limit: number }) => Promise<Page<number>> } {
  const asked: number[] = []
  return {
    asked,
    load: ({ offset, limit }) => {
      asked.push(offset)
      return Promise.resolve({ rows: Array.from({ length: Math.max(0, Math.min(limit, count() - offset)) }, (_, index) => offset + index), total: count() })
    },
  }
}

describe('rows in pages', () => {
  it('are asked for once, when they come into sight', async () => {
    const { asked, load } = numbersUpTo(() => 25)
    const rows = createPagedRows(load, 10)
    rows.reset()
    expect([rows.total.value, rows.at(0)]).toEqual([null, undefined])
    await settled()
    rows.show(8, 12)
    rows.show(5, 11)
    await settled()
    expect(asked).toEqual([0, 10])
    expect([rows.total.value, rows.at(3), rows.at(12), rows.at(24)]).toEqual([25, 3, 12, undefined])
  })

  it('stay while they are asked for again, and others are forgotten until they are seen', async () => {
    let count = 25
    const { asked, load } = numbersUpTo(() => count)
    const rows = createPagedRows(load, 10)
    rows.show(0, 5)
    await settled()
    count = 26
    rows.refresh()
    expect(rows.at(4)).toBe(4)
    await settled()
    expect([rows.total.value, asked]).toEqual([26, [0, 0]])
  })

  it('drop the answer to an earlier question', async () => {
    const answers: ((page: Page<string>) => void)[] = []
    const rows = createPagedRows<string>(() => new Promise((resolve) => void answers.push(resolve)))
    rows.reset()
    rows.reset()
    answers[1]?.({ rows: ['new'], total: 1 })
    answers[0]?.({ rows: ['old'], total: 1 })
    await settled()
    expect(rows.at(0)).toBe('new')
  })

  it('ask again after a failure', async () => {
    let isBroken = true
    const rows = createPagedRows<number>(() => (isBroken ? Promise.reject(new Error('away')) : Promise.resolve({ rows: [7], total: 1 })))
    rows.reset()
    await settled()
    expect(rows.failure.value).toEqual(new Error('away'))
    isBroken = false
    rows.show(0, 1)
    await settled()
    expect([rows.at(0), rows.failure.value]).toEqual([7, null])
  })
})
