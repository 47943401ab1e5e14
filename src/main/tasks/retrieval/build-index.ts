/**
 * @file Builds the index of a corpus in a thread of its own, so that the app goes on meanwhile. It does not know what an index holds, nor
 * whether one is needed.
 */
import { on } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { DatasetError } from '../dataset-error.ts'
import { startThread } from '../start-thread.ts'
import { type CorpusStamp, stampOf } from './corpus.ts'
import type { IndexOrder } from './index-file.ts'

export interface BuildIndexOptions {
  readonly signal: AbortSignal
  /** Told the share of the corpus that has been read, every ten thousand passages. */
  readonly onProgress?: (fraction: number) => void
}

/** What the thread says. A refusal carries a DatasetError's parts: an error's class does not survive the way between threads. */
export type IndexMessage =
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'written' }
  | ({ readonly kind: 'refused' } & Pick<DatasetError, 'path' | 'problem' | 'row' | 'field'>)

/**
 * Written beside `path` and renamed into its place, so that a half-built one is never taken for whole; whatever goes wrong, nothing of it stays.
 * Raises DatasetError where the corpus is no such file, changed meanwhile or its folder cannot be written; the signal's reason if it aborts.
 */
export async function buildIndex(corpusPath: string, path: string, stamp: CorpusStamp, options: BuildIndexOptions): Promise<void> {
  options.signal.throwIfAborted()
  const partPath = `${path}.${process.pid}-${Date.now()}.part`
  try {
    await writeInThread({ corpusPath, partPath, stamp }, options)
    const after = await stampOf(corpusPath)
    if (after.sizeBytes !== stamp.sizeBytes || after.modifiedMs !== stamp.modifiedMs) throw new DatasetError(corpusPath, 'the corpus was changed while its index was built')
    await rename(partPath, path)
  } catch (cause) {
    await rm(partPath, { force: true })
    options.signal.throwIfAborted() // an aborted iteration says only that it was
    throw cause
  }
}

/** Aborting ends the thread, which resolves or rejects only after it: then nobody has the part's file open any more. */
async function writeInThread(order: IndexOrder, { signal, onProgress }: BuildIndexOptions): Promise<void> {
  const thread = startThread({ built: 'index-worker.js', source: 'retrieval/index-worker-entry.ts' }, order)
  try {
    const messages = on(thread, 'message', { close: ['exit'], signal }) as AsyncIterable<[IndexMessage]> // our own entry speaks
    for await (const [message] of messages) {
      switch (message.kind) {
        case 'progress':
          onProgress?.(message.fraction)
          break
        case 'written':
          return
        case 'refused':
          throw new DatasetError(message.path, message.problem, { row: message.row, field: message.field })
        default:
          message satisfies never
      }
    }
    throw new Error('internal: the thread that builds an index ended without an answer')
  } finally {
    await thread.terminate()
  }
}
