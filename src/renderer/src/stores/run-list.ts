/** @file How the list of runs is looked at: filter, order, groups, columns, selection, views kept under names. It does not know how runs come or how they are drawn. */
import { useNow, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import { expressionError } from '../../../shared/debugging/index.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import { runViewSchema, type RunView, type SavedRunView } from '../../../shared/domain/run-view.ts'
import { compileRunFilter, type RunPredicate } from '../../../shared/run-filter/compile-run-filter.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'
import { defaultRunColumns, isRunColumn, type RunColumnId } from './run-columns.ts'
import { filterRuns, inRuns, listItems, sortRuns, tagsOf } from './run-order.ts'
import { emptySelection, keepRows, type RowSelection } from './run-selection.ts'

/** Ages in days change slowly. */
const CLOCK_MS = 60_000

/** What lies over the list for a while. */
export type RunPanel = 'tags' | 'note' | 'export'

const defaultView = (): RunView => runViewSchema.parse({ columns: [...defaultRunColumns] })

export const useRunListStore = defineStore('run-list', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const view = useStorage<RunView>('memgen.run-view', defaultView(), undefined, {
    // localStorage is foreign input.
    serializer: { read: readView, write: (value) => JSON.stringify(value) },
  })
  const savedViews = shallowRef<readonly SavedRunView[]>([])
  /** Of views that could not be read or kept. */
  const failure = shallowRef<Failure | null>(null)
  /** Answer of the last query; null while an expression filters, or before the first. */
  const queried = shallowRef<{ sql: string; runIds: readonly EvaluationRunId[]; elapsedMs: number } | null>(null)
  const isQuerying = shallowRef(false)
  const queryFailure = shallowRef<Failure | null>(null)
  const collapsed = shallowRef<ReadonlySet<string>>(new Set())
  const selection = shallowRef<RowSelection<EvaluationRunId>>(emptySelection())
  const panel = shallowRef<RunPanel | null>(null)
  /** Counts requests to put the cursor into the filter. */
  const filterRequests = shallowRef(0)
  const now = useNow({ interval: CLOCK_MS })

  const columns = computed<readonly RunColumnId[]>(() => view.value.columns.filter(isRunColumn))

  /** Of the latest expression that could be understood: while one is typed, the list stays as it was. */
  const understood = shallowRef<RunPredicate | null>(null)
  const predicate = computed<RunPredicate | null>(() => {
    if (view.value.filter.kind === 'expression') return understood.value
    return queried.value === null ? null : inRuns(queried.value.runIds)
  })
  watch(() => view.value.filter, ({ kind, source }) => {
    if (kind === 'expression' && expressionError(source, compileRunFilter) === null) understood.value = compileRunFilter(source)
  }, { immediate: true })

  const found = computed(() => filterRuns(evaluations.runs, view.value, predicate.value, now.value.getTime()))
  const sorted = computed(() => sortRuns(found.value, view.value.sort, now.value.getTime()))
  const items = computed(() => listItems(sorted.value, view.value.groupBy, collapsed.value, now.value.getTime()))
  /** Of the rows that can be selected, in their order. */
  const rowIds = computed(() => items.value.flatMap((item) => (item.kind === 'run' ? [item.run.id] : [])))
  const selectedRuns = computed<readonly EvaluationRun[]>(() => sorted.value.filter(({ id }) => selection.value.selected.has(id)))
  const knownTags = computed(() => tagsOf(evaluations.runs))
  const trashCount = computed(() => evaluations.runs.filter(({ trashedAt }) => trashedAt !== null).length)

  watch(selectedRuns, (runs) => runs.length === 0 && (panel.value = null))
  watch(sorted, (runs) => {
    selection.value = keepRows(selection.value, new Set(runs.map(({ id }) => id)))
  })

  function change(part: Partial<RunView>): void {
    view.value = { ...view.value, ...part }
  }

  function togglePanel(wanted: RunPanel): void {
    panel.value = panel.value === wanted ? null : wanted
  }

  function askForFilter(): void {
    filterRequests.value++
  }

  function sortBy(column: RunColumnId): void {
    const { sort } = view.value
    change({ sort: { column, descending: sort.column === column ? !sort.descending : true } })
  }

  /** Shows the column at the end, or no longer. */
  function toggleColumn(column: RunColumnId): void {
    const shown = columns.value.includes(column)
    change({ columns: shown ? columns.value.filter((id) => id !== column) : [...columns.value, column] })
  }

  /** Puts the column where the other one is. */
  function moveColumn(column: RunColumnId, to: number): void {
    const others = columns.value.filter((id) => id !== column)
    change({ columns: others.toSpliced(Math.max(0, to), 0, column) })
  }

  function toggleGroup(key: string): void {
    const next = new Set(collapsed.value)
    if (!next.delete(key)) next.add(key)
    collapsed.value = next
  }

  /** Answers the filter's SQL; only the latest question counts. */
  async function runQuery(): Promise<void> {
    const sql = view.value.filter.source
    queryFailure.value = null
    if (sql.trim() === '') return void (queried.value = null)
    isQuerying.value = true
    try {
      const answer = await client.evaluations.query({ sql })
      if (view.value.filter.source === sql) queried.value = { sql, ...answer }
    } catch (error) {
      if (view.value.filter.source === sql) queryFailure.value = describeFailure(error)
    } finally {
      isQuerying.value = false
    }
  }

  async function readViews(): Promise<void> {
    await attempt(async () => {
      savedViews.value = (await client.evaluations.views()).views
    })
  }

  async function saveView(name: string): Promise<void> {
    await attempt(async () => {
      const saved = await client.evaluations.saveView({ name, view: view.value })
      savedViews.value = [...savedViews.value.filter(({ id, name: other }) => id !== saved.id && other !== saved.name), saved]
    })
  }

  async function removeView(id: string): Promise<void> {
    await attempt(async () => {
      await client.evaluations.removeView({ id })
      savedViews.value = savedViews.value.filter((saved) => saved.id !== id)
    })
  }

  async function applyView(applied: RunView): Promise<void> {
    view.value = applied
    queried.value = null
    if (applied.filter.kind === 'sql') await runQuery()
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    failure.value = null
    try {
      await task()
    } catch (error) {
      failure.value = describeFailure(error)
    }
  }

  return { view, columns, savedViews, failure, queried, isQuerying, queryFailure, collapsed, selection, panel, filterRequests, now, found, items, rowIds, selectedRuns, knownTags, trashCount, change, togglePanel, askForFilter, sortBy, toggleColumn, moveColumn, toggleGroup, runQuery, readViews, saveView, removeView, applyView, defaultView }
})

function readView(raw: string): RunView {
  try {
    return runViewSchema.parse(JSON.parse(raw))
  } catch {
    return defaultView() // kept by another version, or not by us
  }
}
