/** @file Lines are found and read however the bytes arrive. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJsonlRows } from './jsonl-rows.ts'
import type { RawRow } from './raw-row.ts'

async function readRows(chunks: readonly Uint8Array[], limitBytes = 1000): Promise<RawRow[]> {
  async function* stream() {
    yield* chunks
  }
  const rows: RawRow[] = []
  for await (const row of readJsonlRows(stream(), limitBytes)) rows.push(row)
  return rows
}

const readText = (text: string, limitBytes?: number) => readRows([Buffer.from(text)], limitBytes)

test('each line is a value, and blank lines only count', async () => {
  expect(await readText('\uFEFF{"a":1}\r\n\n  \n[2]\n"ü"')).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 4, value: [2] },
    { line: 5, value: 'ü' },
  ])
  expect(await readText('')).toEqual([])
  expect(await readText('1\n')).toEqual([{ line: 1, value: 1 }])
})

test('a line that is not JSON is a mismatch, and the next one is read', async () => {
  expect(await readText('{"a":\n7')).toEqual([
    { line: 1, mismatch: { field: null, expected: 'JSON', found: expect.stringContaining('text that is not (') } },
    { line: 2, value: 7 },
  ])
})

test('a line that is not UTF-8 is a mismatch', async () => {
  expect(await readRows([Uint8Array.of(0x22, 0xff, 0x22, 0x0a, 0x37)])).toEqual([
    { line: 1, mismatch: { field: null, expected: 'UTF-8 text', found: 'other bytes' } },
    { line: 2, value: 7 },
  ])
})

test('a line over the limit is a mismatch, one at the limit is read', async () => {
  expect(await readText('"1234"\n"12345"\n7', 6)).toEqual([
    { line: 1, value: '1234' },
    { line: 2, mismatch: { field: null, expected: 'at most 6 bytes', found: 'a longer line' } },
    { line: 3, value: 7 },
  ])
})

test('where the bytes are cut into chunks changes nothing', async () => {
  const values = fc.array(fc.jsonValue(), { maxLength: 8 })
  const cuts = fc.array(fc.nat(), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(values, cuts, async (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
      const expected = values.map((value, i) => ({ line: i + 1, value: JSON.parse(JSON.stringify(value)) as unknown }))
      expect(await readRows(chunks, 1e6)).toEqual(expected)
    }),
  )
})

test('any bytes are read or reported, every line with a number of its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (chunks) => {
      const lines = (await readRows(chunks, 20)).map(({ line }) => line)
      expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b))
    }),
  )
})
