/** @file The lines of a text file, each with its number. It does not know what they hold. */
import { constants } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { splitLines } from '../../shared/split-lines.ts'
import { TransferError } from './errors.ts'

/** No text in memory is longer. */
const MAX_LINE_BYTES = constants.MAX_STRING_LENGTH

const decoder = new TextDecoder('utf-8', { fatal: true })

/** What messages call the file, where that is not the one that is read: a bundle and the entry in it. */
export interface LinesPlace {
  readonly path: string
  readonly entry: string
}

export interface TextLine {
  /** From 1. */
  readonly number: number
  /** `line 7`, after the entry where there is one. */
  readonly place: string
  /** Without its end, a line feed or a carriage return and a line feed. */
  readonly text: string
}

/** @throws TransferError with the line that is not UTF-8 or is longer than any text can be */
export async function* readTextLines(file: string, { path, entry }: LinesPlace = { path: file, entry: '' }): AsyncGenerator<TextLine> {
  let number = 0
  for await (const bytes of splitLines(createReadStream(file) as AsyncIterable<Uint8Array>, MAX_LINE_BYTES)) {
    number++
    const place = entry === '' ? `line ${number}` : `${entry}, line ${number}`
    if (bytes === 'too long') throw new TransferError(path, place, `expected at most ${MAX_LINE_BYTES} bytes, found a longer line`)
    yield { number, place, text: decode(path, place, bytes) }
  }
}

function decode(path: string, place: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes).replace(/\r$/, '')
  } catch (cause) {
    throw new TransferError(path, place, 'expected UTF-8 text, found other bytes', { cause })
  }
}
