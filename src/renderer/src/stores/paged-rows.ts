/** @file Rows of a long answer, read a page at a time as they come into sight. It does not know what a row is, nor how it is asked for. */
import { shallowRef, type ShallowRef } from 'vue'

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Of all pages. */
  readonly total: number
}

export interface PagedRows<Row> {
  /** null until the first page has come. */
  readonly total: Readonly<ShallowRef<number | null>>
  readonly failure: Readonly<ShallowRef<unknown>>
  /** undefined while the row's page has not come. */
  at: (index: number) => Row | undefined
  /** Reads the pages of rows `from` to before `to` that are not there. */
  show: (from: number, to: number) => void
  /** Forgets everything and asks anew: for another question. */
  reset: () => void
  /** Asks the same question again: rows in sight stay until newer ones are there. */
  refresh: () => void
  /** Every row that is there and for which `change` has another. */
  replace: (change: (row: Row) => Row) => void
}

/** @param pageSize @default 200 */
export function createPagedRows<Row>(load: (page: { offset: number; limit: number }, signal: AbortSignal) => Promise<Page<Row>>, pageSize = 200): PagedRows<Row> {
  const total = shallowRef<number | null>(null)
  const failure = shallowRef<unknown>(null)
  const pages = shallowRef<ReadonlyMap<number, readonly Row[]>>(new Map())
  let current = new Set<number>()
  let sight = { from: 0, to: 1 }
  let asking = new AbortController()

  function ask(page: number): void {
    if (current.has(page)) return
    current.add(page)
    const { signal } = asking
    const asked = current
    load({ offset: page * pageSize, limit: pageSize }, signal).then(
      (answer) => {
        if (signal.aborted) return
        total.value = answer.total
        failure.value = null
        pages.value = new Map(pages.value).set(page, answer.rows)
      },
      (error: unknown) => {
        if (signal.aborted) return
        // Asked for again when it next comes into sight.
        asked.delete(page)
        failure.value = error
      },
    )
  }

  function begin(): void {
    asking.abort()
    asking = new AbortController()
    current = new Set()
    show(sight.from, sight.to)
  }

  function show(from: number, to: number): void {
    sight = { from, to }
    for (let page = Math.floor(from / pageSize); page * pageSize < Math.max(to, from + 1); page += 1) ask(page)
  }

  return {
    total,
    failure,
    at: (index) => pages.value.get(Math.floor(index / pageSize))?.[index % pageSize],
    show,
    reset() {
      total.value = null
      failure.value = null
      pages.value = new Map()
      sight = { from: 0, to: 1 }
      begin()
    },
    refresh: begin,
    replace(change) {
      pages.value = new Map(Array.from(pages.value, ([page, rows]) => [page, rows.map(change)]))
    },
  }
}
