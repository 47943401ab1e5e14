/** @file A dataset's file as rows, whichever of the formats it is in. Does not know what a row should hold. */
import { extname } from 'node:path'
import { readCsvRows } from './csv-rows.ts'
import { DatasetError, type DatasetProblem } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'
import { readJsonlRows } from './jsonl-rows.ts'
import { parquetMagic, readParquetRows } from './parquet-rows.ts'
import type { RawRow } from './raw-row.ts'

export type TableFormat = 'jsonl' | 'parquet' | 'csv'

export interface TableLimits {
  /** Of the file, and of a table after decompression. @default 2 GiB: samples are kept in memory, of which Node takes about 4 GiB */
  fileBytes: number
  /** @default 16 MiB: long agent conversations stay below 1 MB; longer lines come from files without line breaks */
  lineBytes: number
  /** @default 5 million rows, samples or not; the largest open chat datasets have one to two million */
  rows: number
  /** Of a table's group of rows, after decompression. @default 1 GiB: groups are decoded as a whole, and Parquet recommends at most this */
  rowGroupBytes: number
  /** How long a group may take to be decoded, in milliseconds. @default two minutes: one of 1 GiB takes some twenty seconds, a damaged one for ever */
  rowGroupMs: number
}

export const defaultTableLimits: TableLimits = { fileBytes: 2 * 2 ** 30, lineBytes: 16 * 2 ** 20, rows: 5_000_000, rowGroupBytes: 2 ** 30, rowGroupMs: 120_000 }

/** A row of a table is told by its number, a row of text by its line. */
export const rowUnits: Readonly<Record<TableFormat, DatasetProblem['unit']>> = { jsonl: 'line', parquet: 'row', csv: 'line' }

/** Parquet is told by its first bytes, CSV by its name, and everything else is JSONL. Raises DatasetError where only the name says Parquet. */
export async function detectFormat(file: DatasetFile): Promise<TableFormat> {
  const start = Buffer.from(await file.slice(0, Math.min(parquetMagic.length, file.byteLength))).toString('latin1')
  if (start === parquetMagic) return 'parquet'
  const extension = extname(file.path).toLowerCase()
  if (extension === '.parquet') throw new DatasetError(file.path, `expected a Parquet file, which begins with ${parquetMagic}, found ${JSON.stringify(start)}`)
  return extension === '.csv' ? 'csv' : 'jsonl'
}

/** @param columns those that a table's reader may leave out the others for; null reads all */
export function readTableRows(file: DatasetFile, format: TableFormat, columns: readonly string[] | null, limits: TableLimits): AsyncIterable<RawRow> {
  switch (format) {
    case 'jsonl':
      return readJsonlRows(file.chunks(), limits.lineBytes)
    case 'csv':
      return readCsvRows(file, limits.lineBytes)
    case 'parquet':
      return readParquetRows(file, columns, limits)
    default:
      return format satisfies never
  }
}
