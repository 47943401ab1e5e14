/** @file The objects of a JSON-lines file, each with its line. It does not know what they mean. */
import { TransferError } from '../errors.ts'
import { readTextLines } from '../text-lines.ts'

export interface JsonLine {
  /** From 1. */
  readonly number: number
  readonly value: Readonly<Record<string, unknown>>
}

/** Blank lines are passed over. Throws TransferError with the line that is no JSON object. */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine> {
  for await (const { number, place, text } of readTextLines(path)) {
    if (text.trim() !== '') yield { number, value: parseObject(path, place, text) }
  }
}

function parseObject(path: string, place: string, text: string): JsonLine['value'] {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonLine['value']
  } catch {
    // said below
  }
  throw new TransferError(path, place, 'expected a JSON object, found something else')
}
