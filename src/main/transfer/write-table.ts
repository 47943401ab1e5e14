/**
 * @file A table as JSON lines, CSV or Parquet. The file appears under its name only when it is whole. It does not know what is in the
 * table.
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SchemaElement } from 'hyparquet'
import { fileWriter, parquetWriteRows } from 'hyparquet-writer'
import type { Column, ColumnType, Row, Table } from './table.ts'
import { writeWhole } from './write-whole.ts'

export type TableFormat = 'jsonl' | 'csv' | 'parquet'

/** @returns the number of rows written. Throws TransferError where the file cannot be written. */
export async function writeTable(path: string, format: TableFormat, table: Table): Promise<number> {
  const counted = new CountedRows(table)
  await writeWhole(path, async (temporaryPath) => {
    if (format === 'parquet') return writeParquet(temporaryPath, counted)
    const lines = format === 'jsonl' ? jsonLines(counted) : csvLines(counted)
    await pipeline(Readable.from(lines), createWriteStream(temporaryPath))
  })
  return counted.count
}

class CountedRows implements Table {
  readonly columns: readonly Column[]
  count = 0
  readonly #table: Table

  constructor(table: Table) {
    this.columns = table.columns
    this.#table = table
  }

  async *rows(): AsyncGenerator<Row> {
    for await (const row of this.#table.rows()) {
      this.count++
      yield row
    }
  }
}

async function* jsonLines(table: Table): AsyncGenerator<string> {
  for await (const row of table.rows()) yield `${JSON.stringify(Object.fromEntries(table.columns.map(({ name }) => [name, toJson(row[name])])))}\n`
}

/** JSON has no NaN and no infinities: texts stand for them, as in the log. */
function toJson(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Float32Array) return Array.from(value, toJson)
  return value ?? null
}

/** RFC 4180: CRLF line ends, quotes doubled; nothing is an empty cell, and an empty text is a quoted one. */
async function* csvLines(table: Table): AsyncGenerator<string> {
  const { columns } = table
  yield `${columns.map(({ name }) => quote(name)).join(',')}\r\n`
  for await (const row of table.rows()) yield `${columns.map(({ name, type }) => csvCell(row[name], type)).join(',')}\r\n`
}

function csvCell(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return ''
  if (type === 'json' || type === 'numbers') return quote(JSON.stringify(toJson(value)))
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (type === 'text') return quote(guardFormula(text))
  return typeof value === 'number' ? String(value) : text
}

/** Spreadsheets run a cell that begins like a formula, and model output may: a quote in front makes it text. */
function guardFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

/** Rows of a group; a group is held in memory while it is written. */
const ROW_GROUP_SIZE = 50_000

async function writeParquet(path: string, table: Table): Promise<void> {
  await parquetWriteRows({
    writer: fileWriter(path),
    schema: parquetSchema(table.columns),
    columns: table.columns.map(({ name }) => ({ name })),
    rows: parquetRows(table),
    rowGroupSize: ROW_GROUP_SIZE,
    createdBy: 'MemGen Workbench',
  })
}

async function* parquetRows(table: Table): AsyncGenerator<Record<string, unknown>> {
  for await (const row of table.rows()) yield Object.fromEntries(table.columns.map(({ name, type }) => [name, parquetCell(row[name], type)]))
}

function parquetCell(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null
  if (type === 'integer') return BigInt(value as number) // columns of this type hold integers
  if (type === 'numbers') return Array.from(value as Float32Array) // and those of this one 32-bit floats
  return type === 'json' ? JSON.stringify(toJson(value)) : value
}

const LEAF_TYPES: Readonly<Record<Exclude<ColumnType, 'numbers'>, Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
}

function parquetSchema(columns: readonly Column[]): SchemaElement[] {
  const fields = columns.flatMap(({ name, type }): SchemaElement[] =>
    type === 'numbers'
      ? [
          { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          { name: 'element', repetition_type: 'OPTIONAL', type: 'FLOAT' },
        ]
      : [{ name, repetition_type: 'OPTIONAL', ...LEAF_TYPES[type] }],
  )
  return [{ name: 'root', num_children: columns.length }, ...fields]
}
