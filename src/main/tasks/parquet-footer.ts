/**
 * @file The footer of a Parquet file, checked before any column is read. It does not read rows.
 *
 * The checks are also what keeps the process alive: hyparquet 1.31 decodes all columns at once and, where the footer contradicts
 * itself (a column twice, one the schema lacks, one outside the file), leaves promises behind whose rejection nobody awaits.
 */
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import { DatasetError } from './dataset-error.ts'
import type { DatasetFile } from './dataset-file.ts'

export interface ParquetLimits {
  /** Rows that the footer may announce. */
  rows: number
  /** Bytes of all rows after decompression, as the footer announces them. */
  fileBytes: number
  /** The same of one group of rows. */
  rowGroupBytes: number
}

export interface ParquetFooter {
  readonly metadata: FileMetaData
  /** Top-level columns in the file's order. */
  readonly columns: readonly string[]
}

/** Raises DatasetError where there is no footer, or it contradicts itself, the file or the limits. */
export async function readParquetFooter(file: DatasetFile, limits: ParquetLimits): Promise<ParquetFooter> {
  try {
    // Looking for geometries, hyparquet steps over as many children as a column claims to have: for ever where they are -1.
    const metadata = await parquetMetadataAsync(file, { geoparquet: false })
    const schema = parquetSchema(metadata)
    checkColumns(file, metadata, listLeaves(schema))
    checkSizes(file.path, metadata.row_groups, limits)
    return { metadata, columns: schema.children.map(({ element }) => element.name) }
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause
    throw new DatasetError(file.path, `expected a Parquet footer, found none that can be read (${String(cause)})`, { cause })
  }
}

/** Names of the columns that hold values, each with those of the columns around it. */
function listLeaves({ children, path }: SchemaTree): string[] {
  return children.length === 0 ? [showPath(path)] : children.flatMap(listLeaves)
}

/** Every group has exactly the schema's columns in its order (parquet-format, README "Metadata"), and they lie before the footer. */
function checkColumns({ path, byteLength }: DatasetFile, { row_groups: groups, metadata_length: footerLength }: FileMetaData, leaves: readonly string[]): void {
  // Its length and the magic follow the footer, in four bytes each.
  const limit = byteLength - footerLength - 8
  const repeated = leaves.find((leaf, index) => leaves.indexOf(leaf) < index)
  if (repeated !== undefined) throw new DatasetError(path, `expected each column once, found ${repeated} twice`)
  for (const [index, { columns }] of groups.entries()) {
    const names = columns.map((column) => showPath(column.meta_data?.path_in_schema ?? []))
    if (names.join() !== leaves.join()) throw new DatasetError(path, `row group ${index}: expected columns ${leaves.join(', ')}, found ${names.join(', ')}`)
    for (const { meta_data: column, file_path: otherFile } of columns) {
      if (column === undefined || otherFile) throw new DatasetError(path, `row group ${index}: expected columns in this file, found one in another`)
      const start = Number(column.dictionary_page_offset || column.data_page_offset)
      const end = start + Number(column.total_compressed_size)
      // Written so that NaN, from a missing number, is refused too.
      if (!(start >= 0 && start <= end && end <= limit)) {
        throw new DatasetError(path, `row group ${index}, column ${showPath(column.path_in_schema)}: expected bytes before the footer at ${limit}, found ${start} to ${end}`)
      }
    }
  }
}

function checkSizes(path: string, groups: readonly RowGroup[], limits: ParquetLimits): void {
  const expectAtMost = (limit: number, found: number, what: string): void => {
    if (!(found >= 0 && found <= limit)) throw new DatasetError(path, `expected at most ${limit} ${what}, found ${found}`)
  }
  let rows = 0
  let sizeBytes = 0
  for (const [index, group] of groups.entries()) {
    expectAtMost(limits.rowGroupBytes, Number(group.total_byte_size), `bytes in row group ${index}`)
    expectAtMost(limits.rows, Number(group.num_rows), `rows in row group ${index}`)
    rows += Number(group.num_rows)
    sizeBytes += Number(group.total_byte_size)
  }
  expectAtMost(limits.rows, rows, 'rows')
  expectAtMost(limits.fileBytes, sizeBytes, 'bytes after decompression')
}

/** Quoted as JSON: names come from a file that may be hostile. */
function showPath(path: readonly string[]): string {
  return JSON.stringify(path.join('.'))
}
