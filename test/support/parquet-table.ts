/** @file A small Parquet file as datasets on the hub have it, in memory, with a file around it that counts no disk. Reads nothing. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { DatasetError } from '../../src/main/tasks/dataset-error.ts'
import type { DatasetFile } from '../../src/main/tasks/dataset-file.ts'

export const tableConversations = [
  [
    { role: 'user', content: 'Two and two?' },
    { role: 'assistant', content: 'Four.' },
  ],
  [{ role: 'user', content: 'Zwölf…' }],
  null,
]

/** As pyarrow writes a list of structs. */
const schema = [
  { name: 'root', num_children: 3 },
  { name: 'id', type: 'INT64', repetition_type: 'OPTIONAL' },
  { name: 'messages', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
  { name: 'role', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'content', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'source', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
] as const

/** Three rows of the columns id (7, 8, 9), messages and source; the last row has no messages. */
export function writeTable(rowGroupSize: number): Uint8Array {
  const columnData = [
    { name: 'id', data: [7n, 8n, 9n] },
    { name: 'messages', data: tableConversations },
    { name: 'source', data: ['a', 'b', 'c'] },
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, schema: [...schema], rowGroupSize }))
}

export function fileOfBytes(path: string, bytes: Uint8Array): DatasetFile {
  return {
    path,
    byteLength: bytes.length,
    async *chunks() {
      yield bytes
    },
    async slice(start, end = bytes.length) {
      if (start < 0 || end < start || end > bytes.length) throw new DatasetError(path, `expected bytes ${start} to ${end} inside the file`)
      return Uint8Array.from(bytes.subarray(start, end)).buffer
    },
  }
}
