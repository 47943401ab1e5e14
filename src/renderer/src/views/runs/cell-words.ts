/** @file What stands in a cell of the list of runs, for columns that are plain text. */
import { formatDuration } from '../../../../shared/format-duration.ts'
import { formatAge, formatNumber } from '../../charts/format.ts'
import { readColumn, type RunColumnId } from '../../stores/run-columns.ts'
import { NO_VALUE } from '../../stores/run-order.ts'
import type { EvaluationRun } from '../../../../shared/domain/evaluation.ts'
import { policyWords } from './run-words.ts'

const SHORT_ID_LENGTH = 8
/** Written with every digit. */
const exact = new Set<RunColumnId>(['seed', 'repeats', 'n', 'maxNewTokens', 'temperature', 'errors'])

export function cellWords(column: RunColumnId, run: EvaluationRun, now: number): string {
  const value = readColumn(column, { run, now })
  if (value === null || value === '') return NO_VALUE
  if (column === 'timeLeft') return formatDuration(Number(value))
  if (column === 'createdAt') return formatAge(run.createdAt, now)
  if (column === 'policy') return policyWords(run.plan.config.policy)
  if (column === 'dataset') return String(value).slice(0, SHORT_ID_LENGTH)
  return typeof value !== 'number' || exact.has(column) ? String(value) : formatNumber(value)
}

/** What the cell's tooltip adds. */
export function cellTitle(column: RunColumnId, run: EvaluationRun): string | undefined {
  if (column === 'createdAt') return new Date(run.createdAt).toLocaleString()
  if (column === 'dataset') return run.datasetId ?? undefined
  return column === 'note' && run.note !== '' ? run.note : undefined
}
