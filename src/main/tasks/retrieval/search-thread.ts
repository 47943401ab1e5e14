/**
 * @file Searches an index file in a thread of its own: a common word is in so many passages that one search takes some tenths of a second.
 * It does not know how an index is built, nor what a query means.
 */
import type { Worker } from 'node:worker_threads'
import { startThread } from '../start-thread.ts'

/** What the thread is started with. */
export interface SearchThreadData {
  readonly indexPath: string
}

export interface SearchQuestion {
  readonly id: number
  /** FTS5's syntax (match-expression.ts). */
  readonly expression: string
  readonly limit: number
}

export type SearchThreadAnswer = { readonly id: number; readonly contents: readonly string[] } | { readonly id: number; readonly problem: string }

/** To be closed: until then it keeps the index file open. */
export class SearchThread {
  readonly #indexPath: string
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly string[]>>()
  #nextId = 0
  #end: Error | null = null

  constructor(data: SearchThreadData) {
    this.#indexPath = data.indexPath
    this.#worker = startThread({ built: 'search-worker.js', source: 'retrieval/search-worker-entry.ts' }, data)
    this.#worker.on('message', (answer: SearchThreadAnswer) => this.#settle(answer)) // our own entry speaks
    this.#worker.on('error', (error) => this.#endAll(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#endAll(new Error(`${data.indexPath}: the search in this index has ended`)))
  }

  /** The texts of the best passages first. Rejects where the index cannot be searched, or the thread has ended. */
  search(expression: string, limit: number): Promise<readonly string[]> {
    if (this.#end !== null) return Promise.reject(this.#end)
    const question: SearchQuestion = { id: this.#nextId++, expression, limit }
    const answer = Promise.withResolvers<readonly string[]>()
    this.#waiting.set(question.id, answer)
    this.#worker.postMessage(question)
    return answer.promise
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: SearchThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('problem' in answer) waiting?.reject(new Error(`${this.#indexPath}: ${answer.problem}`))
    else waiting?.resolve(answer.contents)
  }

  /** The first reason is the one that says why. */
  #endAll(reason: Error): void {
    this.#end ??= reason
    for (const { reject } of this.#waiting.values()) reject(this.#end)
    this.#waiting.clear()
  }
}
