/** @file Footers are read or refused, whatever they claim. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { damaged } from '../../../test/support/hostile-bytes.ts'
import { fileOfBytes, writeTable } from '../../../test/support/parquet-table.ts'
import { DatasetError } from './dataset-error.ts'
import { type ParquetLimits, readParquetFooter } from './parquet-footer.ts'

const limits: ParquetLimits = { rows: 1000, fileBytes: 1 << 20, rowGroupBytes: 1 << 20 }

function read(bytes: Uint8Array, given: Partial<ParquetLimits> = {}) {
  return readParquetFooter(fileOfBytes('train.parquet', bytes), { ...limits, ...given })
}

/** Replaces a text of the footer by another of the same length, in its `nth` place. */
function rename(bytes: Uint8Array, from: string, to: string, nth: number): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const at = Array.from(text.matchAll(new RegExp(from, 'g')), ({ index }) => index)[nth]!
  return Buffer.from(text.slice(0, at) + to + text.slice(at + to.length), 'latin1')
}

test('a footer names its columns and groups', async () => {
  const { metadata, columns } = await read(writeTable(2))
  expect(columns).toEqual(['id', 'messages', 'source'])
  expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([2n, 1n])
})

test('more rows or bytes than the limits are refused', async () => {
  const bytes = writeTable(2)
  await expect(read(bytes, { rows: 2 })).rejects.toThrow('train.parquet: expected at most 2 rows, found 3')
  await expect(read(bytes, { rows: 1 })).rejects.toThrow('expected at most 1 rows in row group 0, found 2')
  await expect(read(bytes, { rowGroupBytes: 10 })).rejects.toThrow('expected at most 10 bytes in row group 0')
  await expect(read(bytes, { fileBytes: 300 })).rejects.toThrow('expected at most 300 bytes after decompression')
})

test('a file without a footer is refused', async () => {
  await expect(read(Buffer.from('PAR1 and nothing more'))).rejects.toThrow('train.parquet: expected a Parquet footer')
  await expect(read(new Uint8Array())).rejects.toThrow(DatasetError)
})

test('columns that are not where the footer says are refused', async () => {
  const bytes = writeTable(2)
  const footerLength = new DataView(bytes.buffer).getUint32(bytes.length - 8, true)
  // The pages are cut away, the footer still points to where they were.
  const cut = Buffer.concat([bytes.subarray(0, 4), bytes.subarray(bytes.length - footerLength - 8)])
  await expect(read(cut)).rejects.toThrow('row group 0, column "id": expected bytes before the footer at 4, found 4 to ')
})

test('a group whose columns are not those of the schema is refused', async () => {
  // The schema names "source" first, then each of the two groups does.
  await expect(read(rename(writeTable(2), 'source', 'sourly', 1))).rejects.toThrow('row group 0: expected columns "id", "messages.list.element.role"')
  await expect(read(rename(writeTable(2), 'content', 'role\0\0\0', 0))).rejects.toThrow(DatasetError)
})

test('a column with less than no children is refused, and not stepped over for ever', async () => {
  const bytes = Buffer.from(writeTable(2))
  // parquet-format: SchemaElement's field 5, of thrift's type 5 and counted on from the name before it, a zigzag varint: 1 is -1.
  const children = bytes.indexOf('messages\x15') + 'messages\x15'.length
  expect(bytes[children]).toBe(2)
  bytes[children] = 1
  await expect(read(bytes)).rejects.toThrow(DatasetError)
})

test('any damaged file is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(damaged(writeTable(2)), async (bytes) => {
      const result: unknown = await read(bytes).catch((error: unknown) => error)
      if (result instanceof Error) expect(result).toBeInstanceOf(DatasetError)
    }),
  )
})
