/** @file The door: passages for a query, from a corpus on this machine or from a server. It knows no task. */
import type { Retriever } from '../../../shared/domain/task.ts'
import { openBm25Index } from './bm25-index.ts'
import type { BuildIndexOptions } from './build-index.ts'
import type { PassageSearch } from './passage.ts'
import { connectSearchServer } from './search-server.ts'

export type { PassageSearch } from './passage.ts'

/** Builds the index of a local corpus where it has none. To be closed. Raises DatasetError as `openBm25Index` does. */
export async function openRetriever(retriever: Retriever, options: BuildIndexOptions): Promise<PassageSearch> {
  switch (retriever.kind) {
    case 'local':
      return openBm25Index(retriever.corpusPath, options)
    case 'server':
      return connectSearchServer(retriever.url)
    default:
      return retriever satisfies never
  }
}
