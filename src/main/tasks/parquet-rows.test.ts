/** @file Tables are read by groups of rows. */
import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { fileOfBytes, tableConversations, writeTable } from '../../../test/support/parquet-table.ts'
import { DatasetError } from './dataset-error.ts'
import { readParquetRows } from './parquet-rows.ts'
import type { RawRow } from './raw-row.ts'

const limits = { rows: 1000, fileBytes: 1 << 20, rowGroupBytes: 1 << 20 }

async function readRows(bytes: Uint8Array, columns: readonly string[]): Promise<RawRow[]> {
  const rows: RawRow[] = []
  for await (const row of readParquetRows(fileOfBytes('train.parquet', bytes), columns, limits)) rows.push(row)
  return rows
}

test.each([1, 2, 100])('every row is read in groups of %i, with the asked columns that the file has', async (rowGroupSize) => {
  expect(await readRows(writeTable(rowGroupSize), ['id', 'messages', 'prompt'])).toEqual([
    { line: 1, value: { id: 7n, messages: tableConversations[0] } },
    { line: 2, value: { id: 8n, messages: tableConversations[1] } },
    { line: 3, value: { id: 9n, messages: undefined } },
  ])
})

test('a page that cannot be decoded is refused with its rows', async () => {
  const bytes = writeTable(2)
  const [, second] = parquetMetadata(bytes).row_groups
  // A page header that ends at once has no page type.
  bytes[Number(second!.columns[0]!.meta_data!.data_page_offset)] = 0
  const read = readRows(bytes, ['id'])
  await expect(read).rejects.toBeInstanceOf(DatasetError)
  await expect(read).rejects.toThrow('train.parquet: rows 3 to 3 cannot be read')
})
