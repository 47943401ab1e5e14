/** @file Tables are read by groups of rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tableConversations, writeTable } from '../../../test/support/parquet-table.ts'
import { DatasetError } from './dataset-error.ts'
import { withDatasetFile } from './dataset-file.ts'
import { readParquetRows } from './parquet-rows.ts'
import type { RawRow } from './raw-row.ts'

const limits = { rows: 1000, fileBytes: 1 << 20, rowGroupBytes: 1 << 20, rowGroupMs: 60_000 }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-parquet-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

async function readRows(bytes: Uint8Array, columns: readonly string[], given = limits): Promise<RawRow[]> {
  const path = join(folder, 'train.parquet')
  writeFileSync(path, bytes)
  return withDatasetFile(path, limits.fileBytes, async (file) => {
    const rows: RawRow[] = []
    for await (const row of readParquetRows(file, columns, given)) rows.push(row)
    return rows
  })
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

test('a run length that a decoder follows for ever is refused when its time is over', async () => {
  const columnData = [{ name: 'id', data: Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? 'a' : 'b')), encoding: 'RLE_DICTIONARY' as const }]
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }))
  // Width of a value, then the header of a run; with no width and a negative length nothing is ever read, and nothing ends.
  const run = Buffer.from(bytes.buffer).indexOf(Buffer.of(0x01, 0x1b))
  bytes.set([0x00, 0xff, 0xff, 0xff, 0xff, 0x0f], run)
  await expect(readRows(bytes, ['id'], { ...limits, rowGroupMs: 1000 })).rejects.toThrow('train.parquet: rows 1 to 100 cannot be read (they took longer than 1000 ms)')
})
