/** @file What every table has that leaves the workbench: named, typed columns and rows that come one after the other. It knows no file format. */

/** `numbers` is a list of 32-bit floats; `json` any value, written as JSON text where the format has no such type. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'numbers' | 'json'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** Cells by column; null is no value. A `json` cell is a value, not its text. */
export type Row = Readonly<Record<string, unknown>>

export interface Table {
  readonly columns: readonly Column[]
  /** From the first row at each call. */
  rows(): AsyncIterable<Row>
}
