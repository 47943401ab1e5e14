/**
 * @file Decodes a Parquet file's pages in a thread of its own, which can be ended. It does not know what a row should hold.
 *
 * hyparquet 1.31 trusts the bytes of a page once the footer has led it there: a changed run length in one keeps it busy for ever, or
 * fills the memory. The thread bounds the first, and ends alone with the second.
 */
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { FileMetaData } from 'hyparquet'
import { startThread } from './start-thread.ts'

/** What the thread is started with. */
export interface ParquetThreadData {
  readonly path: string
  readonly metadata: FileMetaData
  readonly columns: readonly string[]
}

/** Half-open. */
export interface RowRange {
  readonly rowStart: number
  readonly rowEnd: number
}

export type ParquetThreadAnswer = { readonly rows: readonly unknown[] } | { readonly problem: string }

export class ParquetThread {
  readonly #worker: Worker
  readonly #limitMs: number

  /** @param limitMs how long one range of rows may take */
  constructor(data: ParquetThreadData, limitMs: number) {
    this.#worker = startThread({ built: 'parquet-worker.js', source: 'parquet-worker-entry.ts' }, data)
    this.#limitMs = limitMs
  }

  /** Raises Error where the rows cannot be decoded, or not in time; the thread is of no use then. */
  async read(range: RowRange): Promise<readonly unknown[]> {
    this.#worker.postMessage(range)
    const [answer] = (await once(this.#worker, 'message', { signal: AbortSignal.timeout(this.#limitMs) }).catch((error: unknown) => {
      const isLate = error instanceof Error && error.name === 'AbortError'
      throw isLate ? new Error(`they took longer than ${this.#limitMs} ms`, { cause: error }) : error
    })) as [ParquetThreadAnswer] // our own entry speaks
    if ('problem' in answer) throw new Error(answer.problem)
    return answer.rows
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
