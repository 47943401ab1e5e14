/**
 * @file TriviaQA as a dialogue with a search engine, judged by the answer it ends with (docs/REFERENCE.md 11). It does not know where
 * pages are found or what a token is.
 *
 * Differences: a search that fails ends the sample with an error, where the reference tells the model "Cannot find corresponding pages.";
 * that is said here where a search works and finds nothing. What the model asks for in its last turn is not looked up, since it would
 * never read it. The reference cuts a batch's observations as soon as one of them is too long, and thereby re-tokenizes the others.
 */
import type { Retriever } from '../../../shared/domain/task.ts'
import { openRetriever, type PassageSearch } from '../retrieval/index.ts'
import { containsAnswer, formatPassages, pagesNotFound, parseAction, playTurn, preprocessAction } from '../rewards/triviaqa.ts'
import type { Environment } from '../task.ts'
import { continuePrompt } from './continue-prompt.ts'

/** Of the reference's configs/latent_memory/triviaqa.yaml. */
const maxTurns = 5
const maxObservationTokens = 512
/** Of its data/utils/retrieval_utils.py. */
const passagesPerSearch = 3

export interface TriviaqaOptions {
  readonly retriever: Retriever | null
  /** @default the retriever's index or server */
  readonly open?: typeof openRetriever
}

/** Opens nothing before it is prepared or the first search; with null, a search is an error of its sample. */
export function createTriviaqaEnvironment({ retriever, open = openRetriever }: TriviaqaOptions): Environment {
  let opening: Promise<PassageSearch> | null = null

  function openOnce(retriever: Retriever, options: Parameters<typeof openRetriever>[1]): Promise<PassageSearch> {
    opening ??= open(retriever, options).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }

  async function search(query: string, signal: AbortSignal): Promise<string> {
    if (retriever === null) throw new Error('The model searched, and no retriever was chosen. Give the task a corpus file or the address of a search server.')
    const opened = await openOnce(retriever, { signal })
    const passages = await opened.retrieve(query, passagesPerSearch, signal)
    return passages.length === 0 ? pagesNotFound : formatPassages(passages)
  }

  return {
    maxTurns,
    async prepare({ signal, onProgress }) {
      if (retriever !== null) await openOnce(retriever, { signal, onProgress: (fraction) => onProgress?.('indexing the corpus', fraction) })
    },
    /** System prompt and question. */
    set: (sample) => sample.prompt,
    async step(sample, turns, completion, { truncate, signal }) {
      const text = preprocessAction(completion)
      if (turns.length + 1 >= maxTurns) return { text, next: null }
      const { observation: whole, done } = await playTurn(text, sample.answers, (query) => search(query, signal))
      if (done) return { text, next: null }
      const { text: observation } = await truncate(whole, maxObservationTokens)
      return { text, next: { observation, prompt: continuePrompt(sample.prompt, [...turns, { text, observation }]) } }
    },
    /** What the reference's evaluation reports: 1 where the last turn answers with an accepted answer in it, otherwise 0, also where no answer was given. */
    async reward(sample, turns) {
      if (sample.answers.length === 0) return { reward: null, error: `sample ${sample.id}: expected a sample with an answer, found none`, extracted: null, expected: null }
      const expected = sample.answers.join(' | ').toLowerCase()
      const { kind, content } = parseAction(preprocessAction(turns.at(-1)?.text ?? ''))
      if (kind !== 'answer') return { reward: 0, error: null, extracted: null, expected }
      return { reward: containsAnswer(content, sample.answers) ? 1 : 0, error: null, extracted: content.toLowerCase(), expected }
    },
    async close() {
      const opened = await opening?.catch(() => null)
      opening = null
      await opened?.close()
    },
  }
}
