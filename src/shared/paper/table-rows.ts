/** @file Printed tables as anchors: a line a method, a column a task, in percent as the paper has them. It does not know any table. */
import type { Anchor, PaperModel, PaperTask } from './anchor.ts'

export interface PrintedTable {
  /** `arXiv 2509.24704, Table 1` */
  readonly source: string
  /** Begins every id, such as `table-1`. */
  readonly key: string
  readonly model: PaperModel
  readonly tasks: readonly PaperTask[]
  /** Methods with a value in percent for each task; null where the table has a dash. */
  readonly rows: readonly (readonly [method: string, ...values: (number | null)[]])[]
  /** By method and task, or by task alone. */
  readonly notes?: Readonly<Record<string, string>>
}

/** One for each value; a dash makes none. */
export function anchorsOfTable({ source, key, model, tasks, rows, notes = {} }: PrintedTable): Anchor[] {
  return rows.flatMap(([method, ...values]) =>
    tasks.flatMap((task, column): Anchor[] => {
      const percent = values[column]
      if (percent == null) return []
      return [{ id: anchorId(key, model, task, method), source, kind: 'paper', model, task, method, accuracy: asShare(percent), secondsPerTask: null, note: notes[`${method}/${task}`] ?? notes[task] ?? null }]
    }),
  )
}

/** As many decimals as were printed: 58.15 % is 0.5815, not 0.5814999. */
export function asShare(percent: number): number {
  return Number((percent / 100).toFixed(6))
}

/** In lower case, with a dash for what does not belong in an address. */
export function anchorId(...parts: readonly string[]): string {
  return parts.join('/').toLowerCase().replaceAll(/[^a-z0-9/.=+-]+/g, '-')
}
