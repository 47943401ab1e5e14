/** @file Tables as files: every format gives back what was written, and a file is there whole or not at all. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Row, Table } from './table.ts'
import { writeTable } from './write-table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-table-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const rows: Row[] = [
  { text: 'a "quoted", line\nand é', count: 3, value: 0.1, flag: true, values: Float32Array.of(1, -2.5), json: { a: [1, null] } },
  { text: '', count: -1, value: Number.NaN, flag: false, values: new Float32Array(), json: 'x' },
  { text: null, count: undefined },
]
const table: Table = {
  columns: [
    { name: 'text', type: 'text' },
    { name: 'count', type: 'integer' },
    { name: 'value', type: 'number' },
    { name: 'flag', type: 'boolean' },
    { name: 'values', type: 'numbers' },
    { name: 'json', type: 'json' },
  ],
  async *rows() {
    yield* await Promise.resolve(rows)
  },
}

test('Parquet keeps types, lists and missing values', async () => {
  const path = join(folder, 'deep', 't.parquet')
  expect(await writeTable(path, 'parquet', table)).toBe(3)
  const read = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(read).toEqual([
    { text: 'a "quoted", line\nand é', count: 3n, value: 0.1, flag: true, values: [1, -2.5], json: '{"a":[1,null]}' },
    { text: '', count: -1n, value: Number.NaN, flag: false, values: [], json: '"x"' },
    { text: null, count: null, value: null, flag: null, values: undefined, json: null },
  ])
})

test('JSON lines keep values; a number that JSON lacks is a text', async () => {
  const path = join(folder, 't.jsonl')
  await writeTable(path, 'jsonl', table)
  const read = readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
  expect(read[0]).toEqual({ text: 'a "quoted", line\nand é', count: 3, value: 0.1, flag: true, values: [1, -2.5], json: { a: [1, null] } })
  expect(read[1]).toMatchObject({ value: 'NaN', values: [] })
  expect(read[2]).toEqual({ text: null, count: null, value: null, flag: null, values: null, json: null })
})

test('CSV is read back by a CSV reader, and tells an empty text from none', async () => {
  const path = join(folder, 't.csv')
  await writeTable(path, 'csv', table)
  const text = readFileSync(path, 'utf8')
  expect(parse(text)[1]).toEqual(['a "quoted", line\nand é', '3', '0.1', 'true', '[1,-2.5]', '{"a":[1,null]}'])
  expect(text.split('\r\n')[2]).toMatch(/^"",-1,NaN/)
  expect(text.split('\r\n')[3]).toBe(',,,,,')
})

test('a text that a spreadsheet would take for a formula stays a text', async () => {
  const path = join(folder, 't.csv')
  await writeTable(path, 'csv', {
    columns: [{ name: 'text', type: 'text' }],
    async *rows() {
      yield await Promise.resolve({ text: '=HYPERLINK("http://x")' })
    },
  })
  expect(parse(readFileSync(path, 'utf8'))[1]).toEqual(['\'=HYPERLINK("http://x")'])
})

test.each(['jsonl', 'csv', 'parquet'] as const)('a table that breaks off leaves no %s file and the former one as it was', async (format) => {
  const path = join(folder, `t.${format}`)
  await writeTable(path, format, table)
  const before = readFileSync(path)
  const broken: Table = {
    ...table,
    async *rows() {
      yield await Promise.resolve(rows[0] ?? {})
      throw new Error('the log is gone')
    },
  }
  await expect(writeTable(path, format, broken)).rejects.toThrow('the log is gone')
  expect(readFileSync(path)).toEqual(before)
  expect(readdirSync(folder)).toEqual([`t.${format}`])
})
