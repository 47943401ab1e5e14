/** @file TriviaQA as a dialogue with a search engine. It does not know where pages are found. */
import type { Retriever } from '../../../shared/domain/task.ts'
import type { Environment } from '../task.ts'

/** Opens no index and no connection before the first search. With null, a search is an error of its sample. */
export function createTriviaqaEnvironment({ retriever }: { readonly retriever: Retriever | null }): Environment {
  throw new Error(`internal: TriviaQA cannot be played yet (${retriever?.kind ?? 'no retriever'})`)
}
