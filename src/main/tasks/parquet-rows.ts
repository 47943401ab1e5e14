/** @file The rows of a Parquet file, one group of rows in memory at a time. Does not know what a row should hold. */
import { messageOf } from '../../shared/message-of.ts'
import { DatasetError } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'
import { type ParquetLimits, readParquetFooter } from './parquet-footer.ts'
import { ParquetThread, type RowRange } from './parquet-thread.ts'
import type { RawRow } from './raw-row.ts'

/** The first and the last four bytes of every Parquet file. */
export const parquetMagic = 'PAR1'

/**
 * Reads the given columns, those that the file has, or all where none are given. Raises DatasetError naming the file, and the rows where
 * a group of them is damaged: pages hold many rows, so that none of a damaged one can be told from the others.
 * @param file on disk: its pages are read in another thread, by its path
 */
export async function* readParquetRows(file: DatasetFile, columns: readonly string[] | null, limits: ParquetLimits & { rowGroupMs: number }): AsyncGenerator<RawRow> {
  const { metadata, columns: present } = await readParquetFooter(file, limits)
  const asked = present.filter((name) => columns === null || columns.includes(name))
  const thread = new ParquetThread({ path: file.path, metadata, columns: asked }, limits.rowGroupMs)
  try {
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const rows = await readGroup(file.path, thread, { rowStart, rowEnd })
      for (const [index, value] of rows.entries()) yield { line: rowStart + index + 1, value }
      rowStart = rowEnd
    }
  } finally {
    await thread.close()
  }
}

async function readGroup(path: string, thread: ParquetThread, range: RowRange): Promise<readonly unknown[]> {
  try {
    return await thread.read(range)
  } catch (cause) {
    throw new DatasetError(path, `rows ${range.rowStart + 1} to ${range.rowEnd} cannot be read (${messageOf(cause)})`, { row: range.rowStart + 1, cause })
  }
}
