/** @file The rows of a Parquet file, one group of rows in memory at a time. Does not know what a row should hold. */
import { type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { DatasetError } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'
import type { RawRow } from './raw-row.ts'

export interface ParquetLimits {
  /** Rows that the footer may announce. */
  rows: number
  /** Bytes of all rows after decompression, as the footer announces them. */
  fileBytes: number
  /** The same of one group of rows. */
  rowGroupBytes: number
}

/** The first and the last four bytes of every Parquet file. */
export const parquetMagic = 'PAR1'

/**
 * Reads the given columns, those that the file has. Raises DatasetError naming the file, and the rows where a group of them is
 * damaged: pages hold many rows, so that none of a damaged one can be told from the others.
 */
export async function* readParquetRows(file: DatasetFile, columns: readonly string[], limits: ParquetLimits): AsyncGenerator<RawRow> {
  const metadata = await readMetadata(file)
  const present = parquetSchema(metadata).children.flatMap(({ element }) => (columns.includes(element.name) ? [element.name] : []))
  checkLimits(file.path, metadata, limits)
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const rows = await readGroup(file, metadata, { columns: present, rowStart, rowEnd })
    for (const [index, value] of rows.entries()) yield { line: rowStart + index + 1, value }
    rowStart = rowEnd
  }
}

async function readMetadata(file: DatasetFile): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file)
  } catch (cause) {
    throw new DatasetError(file.path, `expected a Parquet footer, found none that can be read (${String(cause)})`, { cause })
  }
}

interface RowRange {
  columns: string[]
  rowStart: number
  rowEnd: number
}

async function readGroup(file: DatasetFile, metadata: FileMetaData, { columns, rowStart, rowEnd }: RowRange): Promise<readonly unknown[]> {
  let rows: readonly unknown[]
  try {
    rows = await parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd })
  } catch (cause) {
    throw new DatasetError(file.path, `rows ${rowStart + 1} to ${rowEnd} cannot be read (${String(cause)})`, { cause })
  }
  if (rows.length !== rowEnd - rowStart) {
    throw new DatasetError(file.path, `expected ${rowEnd - rowStart} rows from row ${rowStart + 1} on, found ${rows.length}`)
  }
  return rows
}

function checkLimits(path: string, { row_groups: groups }: FileMetaData, limits: ParquetLimits): void {
  const expectAtMost = (limit: number, found: number, what: string): void => {
    // Written so that NaN, from a footer without the field, is refused too.
    if (!(found >= 0 && found <= limit)) throw new DatasetError(path, `expected at most ${limit} ${what}, found ${found}`)
  }
  let rows = 0
  let sizeBytes = 0
  for (const [index, group] of groups.entries()) {
    expectAtMost(limits.rowGroupBytes, Number(group.total_byte_size), `bytes in row group ${index}`)
    expectAtMost(limits.rows, (rows += Number(group.num_rows)), 'rows')
    expectAtMost(limits.fileBytes, (sizeBytes += Number(group.total_byte_size)), 'bytes after decompression')
  }
}
