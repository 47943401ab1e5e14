/** @file The beginning of a file is shown with its columns, whatever its format. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tableConversations, writeTable } from '../../../test/support/parquet-table.ts'
import { readTableStart } from './table-start.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-table-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('the first rows of a long file come with all their columns, long texts cut', async () => {
  const rows = [{ a: 'x'.repeat(500) }, { b: [1, null] }, ...Array.from({ length: 50_000 }, () => ({ a: 'y' }))]
  const { columns, rows: shown } = await readTableStart(write('a.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))
  expect(columns).toEqual(['a', 'b'])
  expect(shown).toHaveLength(20)
  expect(shown.slice(0, 2)).toEqual([{ a: `${'x'.repeat(300)}…` }, { b: [1, null] }])
})

test('tables of both kinds are shown as JSON has them', async () => {
  expect(await readTableStart(write('b.csv', `q,a\n${'1,2\n'.repeat(50_000)}`))).toMatchObject({ columns: ['q', 'a'], rows: Array.from({ length: 20 }, () => ({ q: '1', a: '2' })) })
  const { columns, rows } = await readTableStart(write('c.parquet', writeTable(2)))
  expect(columns).toEqual(['id', 'messages', 'source'])
  expect(rows[0]).toEqual({ id: 7, messages: tableConversations[0], source: 'a' })
})

test('a first row that is none is named', async () => {
  await expect(readTableStart(write('d.jsonl', '{"a": 1}\n[2]'))).rejects.toMatchObject({ row: 2, message: expect.stringContaining('d.jsonl: row 2: expected an object, found a list') as string })
})
