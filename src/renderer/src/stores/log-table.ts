/** @file What logpoints recorded as a table: a row for each step at which one did. It does not know how it is drawn or copied. */
import type { ExpressionValue } from '../../../shared/debugging/index.ts'
import type { Breakpoint } from '../../../shared/domain/breakpoint.ts'
import type { BreakpointReading } from './breakpoint-record.ts'

export interface LogTable {
  /** The sources of the recorded expressions. */
  columns: readonly { id: string; source: string }[]
  rows: readonly LogRow[]
}

export interface LogRow {
  stepIndex: number
  text: string
  /** One for each column; undefined where that logpoint was not hit. */
  values: readonly (ExpressionValue | undefined)[]
}

/**
 * null where no logpoint is enabled. Rows are in order of steps.
 * @param latest how many rows at most, the last ones. @default all
 */
export function logTable(breakpoints: readonly Breakpoint[], { columns }: BreakpointReading, steps: readonly { readonly text: string }[], latest = Infinity): LogTable | null {
  const logpoints = breakpoints.flatMap(({ id, log, isEnabled }) => (log === null || !isEnabled ? [] : [{ id, source: log }]))
  if (logpoints.length === 0) return null
  const valuesAt = new Map<number, (ExpressionValue | undefined)[]>()
  for (const [column, { id }] of logpoints.entries()) {
    // A row among the last ones of the table is among the last ones of each column that has it.
    for (const { stepIndex, value } of lastOf(columns.get(id) ?? [], latest)) {
      const values = valuesAt.get(stepIndex) ?? Array.from({ length: logpoints.length }, () => undefined)
      values[column] = value
      valuesAt.set(stepIndex, values)
    }
  }
  const rows = Array.from(valuesAt, ([stepIndex, values]) => ({ stepIndex, text: steps[stepIndex]?.text ?? '', values }))
  return { columns: logpoints, rows: lastOf(rows.toSorted((a, b) => a.stepIndex - b.stepIndex), latest) }
}

function lastOf<Item>(items: readonly Item[], count: number): readonly Item[] {
  return items.slice(Math.max(0, items.length - count))
}

/** RFC 4180; null and what was not recorded are empty cells. Texts are escaped and quoted, so that no cell is a spreadsheet's formula. */
export function logTableCsv({ columns, rows }: LogTable): string {
  const lines = rows.map(({ stepIndex, text, values }) => [String(stepIndex), textCell(text), ...values.map(valueCell)])
  const header = ['step', 'token', ...columns.map(({ source }) => quotedCell(source))]
  return [header, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')
}

function valueCell(value: ExpressionValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? textCell(value) : String(value)
}

function textCell(text: string): string {
  return quotedCell(JSON.stringify(text))
}

function quotedCell(content: string): string {
  return `"${content.replaceAll('"', '""')}"`
}
