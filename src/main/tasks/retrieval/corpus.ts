/** @file The passages of a corpus file as they stream past: JSONL of `{id, contents}` or `{title, text}`. It does not know how they are searched. */
import { stat } from 'node:fs/promises'
import { DatasetError } from '../dataset-error.ts'
import { withDatasetFile } from '../dataset-file.ts'
import { readJsonlRows } from '../jsonl-rows.ts'

/** Wikipedia in passages of 100 words has 14 GB; several of them are somebody's mistake. */
const maxFileBytes = 128 * 2 ** 30
/** A passage is a paragraph; a longer line is a whole book or not a line. */
const maxLineBytes = 2 ** 20

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
    throw new DatasetError(path, `the corpus cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, { cause })
  }
}

/**
 * Hands each passage's text to `use`, its title in the first line, with the share of the file that has been read. Raises DatasetError with the line where one is no passage: a corpus with
 * holes would make its answers somebody else's.
 */
export async function readCorpus(path: string, use: (contents: string, readFraction: number) => void, signal: AbortSignal): Promise<void> {
  await withDatasetFile(path, maxFileBytes, async (file) => {
    let readBytes = 0
    async function* countedChunks(): AsyncGenerator<Uint8Array> {
      for await (const chunk of file.chunks()) {
        readBytes += chunk.length
        yield chunk
      }
    }
    for await (const row of readJsonlRows(countedChunks(), maxLineBytes)) {
      signal.throwIfAborted()
      const mismatch = 'mismatch' in row ? row.mismatch : null
      const contents = 'value' in row ? contentsOf(row.value) : null
      if (contents === null) {
        const { expected, found } = mismatch ?? { expected: 'an object with texts id and contents, or title and text', found: 'something else' }
        throw new DatasetError(path, `line ${row.line}: expected ${expected}, found ${found}`, { row: row.line })
      }
      use(contents, readBytes / file.byteLength)
    }
  })
}

function contentsOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const { contents, title, text } = value as Record<string, unknown> // any object can be asked for its fields
  if (typeof contents === 'string') return contents
  return typeof title === 'string' && typeof text === 'string' ? `${title}\n${text}` : null
}
