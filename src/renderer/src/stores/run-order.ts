/** @file Runs filtered, sorted and put into groups: pure rules over their columns. They do not know what is on screen. */
import type { ExpressionValue } from '../../../shared/debugging/index.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { RunView } from '../../../shared/domain/run-view.ts'
import type { RunPredicate } from '../../../shared/run-filter/compile-run-filter.ts'
import { isRunColumn, readColumn } from './run-columns.ts'
import { newestFirst } from './run-merge.ts'

/** A group's head, or a run; what the list shows from top to bottom. */
export type RunListItem =
  | { kind: 'group'; key: string; label: string; count: number; best: EvaluationRun | null; isCollapsed: boolean }
  | { kind: 'run'; run: EvaluationRun }

/** What stands for a value that is missing. */
export const NO_VALUE = '–'

/** The trash is a list of its own: a run is in one of the two. */
export function filterRuns(runs: readonly EvaluationRun[], { showsTrash }: Pick<RunView, 'showsTrash'>, predicate: RunPredicate | null, now: number): readonly EvaluationRun[] {
  return runs.filter((run) => (run.trashedAt !== null) === showsTrash && (predicate === null || predicate({ run, now })))
}

/** Runs without a value come last in either direction; of equals the newest first. */
export function sortRuns(runs: readonly EvaluationRun[], { column, descending }: RunView['sort'], now: number): readonly EvaluationRun[] {
  if (!isRunColumn(column)) return runs
  const direction = descending ? -1 : 1
  return runs
    .map((run) => ({ run, value: readColumn(column, { run, now }) }))
    .toSorted((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null) || newestFirst(a.run, b.run)
      return direction * compareValues(a.value, b.value) || newestFirst(a.run, b.run)
    })
    .map(({ run }) => run)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Numbers by their size, also within texts; flags as 0 and 1. */
export function compareValues(a: Exclude<ExpressionValue, null>, b: Exclude<ExpressionValue, null>): number {
  return typeof a === 'string' || typeof b === 'string' ? collator.compare(String(a), String(b)) : Number(a) - Number(b)
}

/** Groups by the values of a column, in the order of their first run; without a column one list. A collapsed group shows its head alone. */
export function listItems(runs: readonly EvaluationRun[], groupBy: string | null, collapsed: ReadonlySet<string>, now: number): readonly RunListItem[] {
  if (groupBy === null || !isRunColumn(groupBy)) return runs.map((run) => ({ kind: 'run', run }))
  const groups = Map.groupBy(runs, (run) => String(readColumn(groupBy, { run, now }) ?? NO_VALUE))
  return Array.from(groups).flatMap(([label, members]): RunListItem[] => {
    const key = `${groupBy}=${label}`
    const isCollapsed = collapsed.has(key)
    const head: RunListItem = { kind: 'group', key, label, count: members.length, best: bestOf(members), isCollapsed }
    return isCollapsed ? [head] : [head, ...members.map((run): RunListItem => ({ kind: 'run', run }))]
  })
}

/** The run with the highest accuracy, the first of equals; null where none has been judged. */
export function bestOf(runs: readonly EvaluationRun[]): EvaluationRun | null {
  return runs.reduce<EvaluationRun | null>((best, run) => (run.accuracy !== null && (best?.accuracy == null || run.accuracy.estimate > best.accuracy.estimate) ? run : best), null)
}

/** Tags by how many runs have them, then by name. */
export function tagsOf(runs: readonly EvaluationRun[]): readonly { tag: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const tag of runs.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return Array.from(counts, ([tag, count]) => ({ tag, count })).toSorted((a, b) => b.count - a.count || collator.compare(a.tag, b.tag))
}

/** Runs of a saved query's answer, as a filter. */
export function inRuns(ids: readonly EvaluationRunId[]): RunPredicate {
  const wanted = new Set(ids)
  return ({ run }) => wanted.has(run.id)
}
