/** @file The objects of a JSON-lines file, each with its line. It does not know what they mean. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { TransferError } from '../errors.ts'

export interface JsonLine {
  /** From 1. */
  readonly number: number
  readonly value: Readonly<Record<string, unknown>>
}

/** Blank lines are passed over. Throws TransferError with the line that is no JSON object. */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++
    if (line.trim() === '') continue
    yield { number, value: parseObject(path, number, line) }
  }
}

function parseObject(path: string, number: number, line: string): JsonLine['value'] {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonLine['value']
  } catch {
    // said below
  }
  throw new TransferError(path, `line ${number}`, 'expected a JSON object, found something else')
}
