/** @file The first rows of a file as a person should see them, for choosing columns. It does not know what they mean. */
import { messageOf } from '../../shared/message-of.ts'
import { DatasetError } from './dataset-error.ts'
import { withDatasetFile } from './dataset-file.ts'
import type { RawRow } from './raw-row.ts'
import { readObject } from './row-values.ts'
import { defaultTableLimits, detectFormat, readTableRows } from './table-rows.ts'

export interface TableStart {
  /** Of the rows shown, in the order in which they first appear. */
  readonly columns: string[]
  /** Values as JSON has them; long texts are cut. */
  readonly rows: Record<string, unknown>[]
}

/** Enough to tell one column from another. */
const shownRows = 20
const shownLetters = 300

/** Raises DatasetError where the file cannot be read, or its first row is none. */
export async function readTableStart(path: string): Promise<TableStart> {
  return withDatasetFile(path, defaultTableLimits.fileBytes, async (file) => {
    const rows: Record<string, unknown>[] = []
    for await (const row of readTableRows(file, await detectFormat(file), null, defaultTableLimits)) {
      rows.push(showRow(path, row))
      if (rows.length === shownRows) break
    }
    return { columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows }
  })
}

function showRow(path: string, row: RawRow): Record<string, unknown> {
  try {
    if ('mismatch' in row) throw new Error(`expected ${row.mismatch.expected}, found ${row.mismatch.found}`)
    const columns = Object.entries(readObject(row.value, null, 'an object'))
    return Object.fromEntries(columns.map(([name, value]) => [name, showValue(value)]))
  } catch (cause) {
    throw new DatasetError(path, `row ${row.line}: ${messageOf(cause)}`, { row: row.line, cause })
  }
}

function showValue(value: unknown): unknown {
  if (typeof value === 'string') return value.length > shownLetters ? `${value.slice(0, shownLetters)}…` : value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(showValue)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, showValue(inner)]))
  return value ?? null
}
