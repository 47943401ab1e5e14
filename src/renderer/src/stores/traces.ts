/** @file Past traces, read a page at a time, newest first, and shown in an order of the user's. It does not know what is inside them. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { useHost } from './host.ts'
import { newestFirst, orderBy, sortTraces, type TraceColumnId } from './trace-order.ts'

const PAGE_SIZE = 100

export const useTracesStore = defineStore('traces', () => {
  const { client } = useHost()
  const traces = shallowRef<readonly TraceHeader[]>([])
  const total = shallowRef(0)
  const search = shallowRef('')
  const failure = shallowRef<Failure | null>(null)
  /** 'never' until the first answer came. */
  const phase = shallowRef<'never' | 'loading' | 'ready'>('never')
  /** Answers to questions that were asked before the latest one are dropped. */
  let asked = 0

  const order = shallowRef(newestFirst)
  const sorted = computed(() => sortTraces(traces.value, order.value))
  const hasMore = computed(() => traces.value.length < total.value)
  /** Older traces, not read yet, would stand among those shown. */
  const isPartlySorted = computed(() => hasMore.value && !(order.value.column === newestFirst.column && order.value.isDescending))
  /** What is shown may be out of date: the last refresh failed. */
  const isStale = computed(() => failure.value !== null && traces.value.length > 0)

  function sortBy(column: TraceColumnId): void {
    order.value = orderBy(column, order.value)
  }

  function refresh(): Promise<void> {
    return fetchPage(null)
  }

  function loadMore(): Promise<void> {
    const last = traces.value.at(-1)
    return fetchPage(last === undefined ? null : { createdAt: last.createdAt, id: last.id })
  }

  async function fetchPage(before: Pick<TraceHeader, 'createdAt' | 'id'> | null): Promise<void> {
    asked += 1
    const question = asked
    phase.value = 'loading'
    try {
      const page = await client.log.traces({ limit: PAGE_SIZE, before, search: search.value })
      if (question !== asked) return
      traces.value = before === null ? page.traces : traces.value.concat(page.traces)
      total.value = page.total
      failure.value = null
    } catch (error) {
      if (question === asked) failure.value = describeFailure(error)
    } finally {
      if (question === asked) phase.value = 'ready'
    }
  }

  return { traces, total, search, failure, phase, order, sorted, hasMore, isPartlySorted, isStale, sortBy, refresh, loadMore }
})
