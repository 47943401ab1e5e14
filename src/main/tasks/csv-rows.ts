/** @file The rows of a CSV file with a header, as they stream past: one object of texts a record. Does not know what a row should hold. */
import { pipeline, Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { DatasetError, type Mismatch } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'
import type { RawRow } from './raw-row.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })
const byteOrderMark = [0xef, 0xbb, 0xbf]

interface CsvRecord {
  readonly record: readonly Buffer[]
  readonly info: Info
}

/**
 * Reads RFC 4180 with or without a byte order mark; a quoted field may hold line breaks, so that `line` is the one on which a record
 * begins. Empty lines are passed over, an empty field is an empty text.
 *
 * Raises DatasetError where the quotes do not close or a record is longer than `limitBytes`: no later record can be told from it then.
 */
export async function* readCsvRows(file: DatasetFile, limitBytes: number): AsyncGenerator<RawRow> {
  // Bytes and not text, so that a field in another encoding is found where it stands.
  const parser = parse({ encoding: null, info: true, relax_column_count: true, skip_empty_lines: true, max_record_size: limitBytes })
  pipeline(Readable.from(withoutMark(file.chunks())), parser, () => undefined) // what goes wrong is thrown by the loop
  let columns: string[] | null = null
  let before = { lines: 0, empty_lines: 0 }
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) { // as `info: true` has it
      const line = before.lines + (info.empty_lines - before.empty_lines) + 1
      if (columns === null) columns = readHeader(file.path, record)
      else yield { line, ...readRecord(columns, record) }
      before = info
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    const at = Number(cause['lines'])
    throw new DatasetError(file.path, `line ${at}: expected CSV, found none from here on (${cause.message})`, { row: at, cause })
  }
}

/** The parser's own way to take the byte order mark off would make it decode, too. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of chunks) {
    yield isFirst && byteOrderMark.every((byte, index) => chunk[index] === byte) ? chunk.subarray(byteOrderMark.length) : chunk
    isFirst = false
  }
}

function readHeader(path: string, record: readonly Buffer[]): string[] {
  const names = record.map((bytes) => {
    const name = decode(bytes)
    if (name === null) throw new DatasetError(path, 'line 1: expected column names in UTF-8, found other bytes', { row: 1 })
    return name
  })
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  if (repeated !== undefined) throw new DatasetError(path, `line 1: expected each column once, found ${JSON.stringify(repeated)} twice`, { row: 1, field: repeated })
  return names
}

function readRecord(columns: readonly string[], record: readonly Buffer[]): { value: unknown } | { mismatch: Mismatch } {
  if (record.length !== columns.length) return { mismatch: { field: null, expected: `${columns.length} fields`, found: `${record.length}` } }
  // A column may be called `__proto__`.
  const value = Object.create(null) as Record<string, string>
  for (const [index, name] of columns.entries()) {
    const text = decode(record[index]!)
    if (text === null) return { mismatch: { field: name, expected: 'UTF-8 text', found: 'other bytes' } }
    value[name] = text
  }
  return { value }
}

function decode(bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}
