/**
 * @file The index of a corpus as a file: FTS5's table of its passages, and which corpus they came from. It does not know who searches, nor
 * in which thread it is written.
 */
import Database from 'better-sqlite3'
import { DatasetError } from '../dataset-error.ts'
import { type CorpusStamp, readCorpus } from './corpus.ts'

/** Of the file's tables; a file with another number is built anew. */
const formatVersion = 1
const passagesPerTransaction = 10_000

export interface IndexOrder {
  readonly corpusPath: string
  /** Where the index is written; nothing is there yet. */
  readonly partPath: string
  /** Of the corpus when the index was asked for. */
  readonly stamp: CorpusStamp
}

/** Whether the file at `path` is an index, made from the corpus of that stamp. */
export function isCurrentIndex(path: string, stamp: CorpusStamp): boolean {
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

/**
 * Reads the whole corpus into a new index; minutes for gigabytes, and the thread is busy meanwhile. Raises DatasetError where the corpus is no
 * such file or the index cannot be written; what was written so far then lies at `partPath`.
 *
 * @param onProgress told the share of the corpus that has been read, every ten thousand passages
 */
export async function writeIndex({ corpusPath, partPath, stamp }: IndexOrder, onProgress: (fraction: number) => void): Promise<void> {
  try {
    const database = new Database(partPath)
    try {
      await fillIndex(database, corpusPath, stamp, onProgress)
    } finally {
      database.close()
    }
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause
    throw new DatasetError(corpusPath, `its index ${partPath} cannot be written (${cause.message}); its folder needs room and permission`, { cause })
  }
}

async function fillIndex(database: Database.Database, corpusPath: string, stamp: CorpusStamp, onProgress: (fraction: number) => void): Promise<void> {
  // Nobody reads it before it is whole, so there is nothing to roll back to.
  database.pragma('journal_mode = OFF')
  database.exec(`create virtual table passages using fts5(contents, tokenize = 'porter unicode61 remove_diacritics 2')`)
  database.exec('create table source (size_bytes integer not null, modified_ms real not null)')
  const insert = database.prepare('insert into passages (contents) values (?)')
  let count = 0
  database.exec('begin')
  await readCorpus(corpusPath, (contents, readFraction) => {
    insert.run(contents)
    if (++count % passagesPerTransaction !== 0) return
    database.exec('commit; begin')
    onProgress(readFraction)
  })
  if (count === 0) throw new DatasetError(corpusPath, 'expected passages, one a line, found none')
  database.prepare('insert into source values (?, ?)').run(stamp.sizeBytes, stamp.modifiedMs)
  database.exec('commit')
  database.pragma(`user_version = ${formatVersion}`)
}
