import { expect, test } from 'vitest'
import { splitLines } from './split-lines.ts'

/** The text's bytes in chunks of so many. */
async function* chunksOf(text: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes)
}

async function linesOf(text: string, { sizeBytes = 3, limitBytes = 100 } = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const line of splitLines(chunksOf(text, sizeBytes), limitBytes)) lines.push(line === 'too long' ? line : new TextDecoder().decode(line))
  return lines
}

test.each([1, 3, 1000])('only a line feed ends a line, in chunks of %i bytes', async (sizeBytes) => {
  expect(await linesOf('a\u2028b\u2029c\u0085d\n\ne\rf\r\nżółw', { sizeBytes })).toEqual(['a\u2028b\u2029c\u0085d', '', 'e\rf\r', 'żółw'])
})

test('nothing follows the last line feed', async () => {
  expect(await linesOf('a\n')).toEqual(['a'])
  expect(await linesOf('')).toEqual([])
})

test('a line past the limit is passed over', async () => {
  expect(await linesOf('abc\nabcd\nab', { limitBytes: 3 })).toEqual(['abc', 'too long', 'ab'])
})
