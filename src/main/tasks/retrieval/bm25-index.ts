/**
 * @file A corpus searched by words: BM25 in a file of SQLite's FTS5 beside it, made once. It does not know who asks.
 *
 * Differences: the reference asks a server with dense embeddings. FTS5 has BM25 with k1 = 1.2 and b = 0.75, and English word stems.
 */
import { buildIndex, type BuildIndexOptions } from './build-index.ts'
import { stampOf } from './corpus.ts'
import { isCurrentIndex } from './index-file.ts'
import { matchExpression } from './match-expression.ts'
import type { Passage, PassageSearch } from './passage.ts'
import { SearchThread } from './search-thread.ts'

/** Beside the corpus, so that whoever moves one sees the other. */
export function indexPathOf(corpusPath: string): string {
  return `${corpusPath}.bm25.sqlite`
}

/**
 * Opens the index of a corpus, and builds it before where there is none or the corpus has another size or time than it was built from.
 * Searches run in a thread of their own; one that is aborted is not waited for.
 * Raises DatasetError where the corpus is no such file or its folder cannot be written; the signal's reason if it aborts.
 */
export async function openBm25Index(corpusPath: string, options: BuildIndexOptions): Promise<PassageSearch> {
  const stamp = await stampOf(corpusPath)
  const path = indexPathOf(corpusPath)
  if (!isCurrentIndex(path, stamp)) await buildIndex(corpusPath, path, stamp, options)
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
