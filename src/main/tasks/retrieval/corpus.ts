/** @file The passages of a corpus file as they stream past: JSONL of `{id, contents}` or `{title, text}`. It does not know how they are searched. */
import { stat } from 'node:fs/promises'
import { messageOf } from '../../../shared/message-of.ts'
import { DatasetError, type Mismatch, RowMismatch } from '../dataset-error.ts'
import { withDatasetFile } from '../dataset-file.ts'
import { readJsonlRows } from '../jsonl-rows.ts'
import { readObject, readText } from '../row-values.ts'

/** Wikipedia in passages of 100 words has 14 GB; several of them are somebody's mistake. */
const maxFileBytes = 128 * 2 ** 30
/** A passage is a paragraph; a longer line is a whole book or not a line. */
const maxLineBytes = 2 ** 20

const passageForms = 'an object with id and contents, or title and text'

/** Which state of the file an index was made from. */
export interface CorpusStamp {
  readonly sizeBytes: number
  /** Unix milliseconds, with a fraction where the file system has one. */
  readonly modifiedMs: number
}

/** Raises DatasetError where there is no such file. */
export async function stampOf(path: string): Promise<CorpusStamp> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { sizeBytes: size, modifiedMs: mtimeMs }
  } catch (cause) {
    throw new DatasetError(path, `the corpus cannot be read (${messageOf(cause)})`, { cause })
  }
}

/**
 * Hands each passage's text to `use`, its title in the first line, with the share of the file that has been read. Raises DatasetError with the
 * line where one is no passage: a corpus with holes would find other pages than the one that it claims to be.
 */
export async function readCorpus(path: string, use: (contents: string, readFraction: number) => void): Promise<void> {
  await withDatasetFile(path, maxFileBytes, async (file) => {
    let readBytes = 0
    async function* countedChunks(): AsyncGenerator<Uint8Array> {
      for await (const chunk of file.chunks()) {
        readBytes += chunk.length
        yield chunk
      }
    }
    for await (const row of readJsonlRows(countedChunks(), maxLineBytes)) {
      const contents = 'value' in row ? readPassage(row.value) : row.mismatch
      if (typeof contents !== 'string') throw notAPassage(path, row.line, contents)
      use(contents, readBytes / file.byteLength)
    }
  })
}

function readPassage(value: unknown): string | Mismatch {
  try {
    const { contents, title, text } = readObject(value, null, passageForms)
    if (contents !== undefined) return readText(contents, 'contents', 'text')
    if (title === undefined && text === undefined) return { field: null, expected: passageForms, found: 'neither' }
    return `${readText(title, 'title', 'text')}\n${readText(text, 'text', 'text')}`
  } catch (error) {
    if (error instanceof RowMismatch) return error
    throw error
  }
}

function notAPassage(path: string, line: number, { field, expected, found }: Mismatch): DatasetError {
  return new DatasetError(path, `line ${line}${field === null ? '' : `, field ${field}`}: expected ${expected}, found ${found}`, { row: line, field })
}
