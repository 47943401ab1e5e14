/**
 * @file The rows of a Parquet file, one group of rows in memory at a time. Does not know what a row should hold.
 *
 * A limit: hyparquet trusts the bytes of a page once the footer has led it there, and a changed run length in one can keep it
 * busy for ever. Cut files, and footers that lie, are refused; a bit that flipped inside a page may not be.
 */
import { type FileMetaData, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { DatasetError } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'
import { type ParquetLimits, readParquetFooter } from './parquet-footer.ts'
import type { RawRow } from './raw-row.ts'

/** The first and the last four bytes of every Parquet file. */
export const parquetMagic = 'PAR1'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes that are no UTF-8 stay bytes, which no reader of rows takes for text; hyparquet would put replacement characters instead. */
const parsers = {
  stringFromBytes(bytes: Uint8Array | undefined): unknown {
    try {
      return bytes && decoder.decode(bytes)
    } catch {
      return bytes
    }
  },
}

/**
 * Reads the given columns, those that the file has, or all where none are given. Raises DatasetError naming the file, and the rows where a group of them is
 * damaged: pages hold many rows, so that none of a damaged one can be told from the others.
 */
export async function* readParquetRows(file: DatasetFile, columns: readonly string[] | null, limits: ParquetLimits): AsyncGenerator<RawRow> {
  const { metadata, columns: present } = await readParquetFooter(file, limits)
  const asked = present.filter((name) => columns === null || columns.includes(name))
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const rows = await readGroup(file, metadata, { columns: asked, rowStart, rowEnd })
    for (const [index, value] of rows.entries()) yield { line: rowStart + index + 1, value }
    rowStart = rowEnd
  }
}

interface RowRange {
  columns: string[]
  rowStart: number
  rowEnd: number
}

async function readGroup(file: DatasetFile, metadata: FileMetaData, { columns, rowStart, rowEnd }: RowRange): Promise<readonly unknown[]> {
  try {
    return await parquetReadObjects({ file, metadata, compressors, parsers, columns, rowStart, rowEnd })
  } catch (cause) {
    throw new DatasetError(file.path, `rows ${rowStart + 1} to ${rowEnd} cannot be read (${String(cause)})`, { cause })
  }
}
