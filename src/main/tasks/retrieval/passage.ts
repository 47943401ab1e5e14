/** @file What a search answers, whoever searches. It does not know corpora, servers or how pages are shown to a model. */

/** The title is the first line of `contents`. */
export interface Passage {
  readonly document: { readonly contents: string }
}

export interface PassageSearch {
  /** The best passages first, none where nothing fits. Rejects where the search itself fails, and with the signal's reason if it aborts. */
  retrieve(query: string, topk: number, signal: AbortSignal): Promise<readonly Passage[]>
  close(): Promise<void>
}
