/** @file The rows of a JSONL file as they stream past: one JSON value a line. Does not know what a row should hold. */
import { messageOf } from '../../shared/message-of.ts'
import { splitLines } from '../../shared/split-lines.ts'
import type { Mismatch } from './dataset-error.ts'
import type { RawRow } from './raw-row.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads UTF-8, with or without a byte order mark; lines end with a line feed, and a carriage return before it is white space.
 * Blank lines are passed over, but counted.
 * @param limitBytes a longer line is a mismatch; it is skipped without being held in memory
 */
export async function* readJsonlRows(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<RawRow> {
  let line = 0
  for await (const bytes of splitLines(chunks, limitBytes)) {
    line++
    const content = bytes === 'too long' ? mismatch(`at most ${limitBytes} bytes`, 'a longer line') : parseLine(bytes)
    if (content !== 'blank') yield { line, ...content }
  }
}

function parseLine(bytes: Uint8Array): { value: unknown } | { mismatch: Mismatch } | 'blank' {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return mismatch('UTF-8 text', 'other bytes')
  }
  if (text.trim() === '') return 'blank'
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return mismatch('JSON', `text that is not (${messageOf(error)})`)
  }
}

function mismatch(expected: string, found: string): { mismatch: Mismatch } {
  return { mismatch: { field: null, expected, found } }
}
