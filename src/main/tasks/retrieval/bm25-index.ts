/**
 * @file A corpus searched by words: BM25 in a file of SQLite's FTS5 beside it, made once. It does not know who asks.
 *
 * Differences: the reference asks a server with dense embeddings. FTS5 has BM25 with k1 = 1.2 and b = 0.75, and English word stems.
 */
import { rename, rm } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { DatasetError } from '../dataset-error.ts'
import { type CorpusStamp, readCorpus, stampOf } from './corpus.ts'
import { matchExpression } from './match-expression.ts'
import type { Passage, PassageSearch } from './passage.ts'
import { SearchThread } from './search-thread.ts'

/** Of the index file's tables; another number is built anew. */
const formatVersion = 1
const passagesPerTransaction = 10_000

export interface OpenIndexOptions {
  readonly signal: AbortSignal
  /** Told the share of the corpus that has been read, every ten thousand passages, where the index has to be built. */
  readonly onProgress?: (fraction: number) => void
}

export function indexPathOf(corpusPath: string): string {
  return `${corpusPath}.bm25.sqlite`
}

/**
 * Opens the index of a corpus, and builds it before where there is none or the corpus has another size or time than it was built from.
 * Searches run in a thread of their own; one that is aborted is not waited for.
 * Raises DatasetError where the corpus is no such file or its folder cannot be written; the signal's reason if it aborts.
 */
export async function openBm25Index(corpusPath: string, options: OpenIndexOptions): Promise<PassageSearch> {
  const stamp = await stampOf(corpusPath)
  const path = indexPathOf(corpusPath)
  if (!isCurrent(path, stamp)) await buildIndex(corpusPath, path, stamp, options)
  const thread = new SearchThread({ indexPath: path })
  return {
    async retrieve(query, topk, signal): Promise<Passage[]> {
      signal.throwIfAborted()
      const expression = matchExpression(query)
      if (expression === null) return []
      const found = await unlessAborted(thread.search(expression, topk), signal)
      return found.map((contents) => ({ document: { contents } }))
    },
    close: () => thread.close(),
  }
}

/** What a promise holds, or the signal's reason as soon as it aborts. */
async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const giveUp = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function isCurrent(path: string, stamp: CorpusStamp): boolean {
  let database: Database.Database | null = null
  try {
    database = new Database(path, { readonly: true, fileMustExist: true })
    const source = database.prepare('select size_bytes, modified_ms from source').get() as { size_bytes: number; modified_ms: number } | undefined // columns of our own table
    return database.pragma('user_version', { simple: true }) === formatVersion && source?.size_bytes === stamp.sizeBytes && source.modified_ms === stamp.modifiedMs
  } catch (error) {
    // No such file, or one that is no index: what is derived from the corpus can be made again.
    if (error instanceof Database.SqliteError) return false
    throw error
  } finally {
    database?.close()
  }
}

/** Written beside the index and renamed into its place, so that a half-built one is never taken for whole. */
async function buildIndex(corpusPath: string, path: string, stamp: CorpusStamp, options: OpenIndexOptions): Promise<void> {
  const partPath = `${path}.${process.pid}-${Date.now()}.part`
  try {
    await writeIndex(corpusPath, partPath, stamp, options)
    const after = await stampOf(corpusPath)
    if (after.sizeBytes !== stamp.sizeBytes || after.modifiedMs !== stamp.modifiedMs) throw new DatasetError(corpusPath, 'the corpus was changed while its index was built')
    await rename(partPath, path)
  } catch (cause) {
    await rm(partPath, { force: true })
    if (!(cause instanceof Database.SqliteError)) throw cause
    throw new DatasetError(corpusPath, `its index ${path} cannot be written (${cause.message}); its folder needs room and permission`, { cause })
  }
}

async function writeIndex(corpusPath: string, partPath: string, stamp: CorpusStamp, { signal, onProgress }: OpenIndexOptions): Promise<void> {
  const database = new Database(partPath)
  try {
    // Nobody reads it before it is whole, so there is nothing to roll back to.
    database.pragma('journal_mode = OFF')
    database.exec(`create virtual table passages using fts5(contents, tokenize = 'porter unicode61 remove_diacritics 2')`)
    database.exec('create table source (size_bytes integer not null, modified_ms real not null)')
    const insert = database.prepare('insert into passages (contents) values (?)')
    let count = 0
    database.exec('begin')
    const add = (contents: string, readFraction: number): void => {
      insert.run(contents)
      if (++count % passagesPerTransaction !== 0) return
      database.exec('commit; begin')
      onProgress?.(readFraction)
    }
    await readCorpus(corpusPath, add, signal)
    if (count === 0) throw new DatasetError(corpusPath, 'expected passages, one a line, found none')
    database.prepare('insert into source values (?, ?)').run(stamp.sizeBytes, stamp.modifiedMs)
    database.exec('commit')
    database.pragma(`user_version = ${formatVersion}`)
  } finally {
    database.close()
  }
}
