/** @file The thread that searches an index: it is asked one question after the other. It builds nothing. */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { SearchQuestion, SearchThreadAnswer, SearchThreadData } from './search-thread.ts'

// `SearchThread` is the only one that starts this file.
const { indexPath } = workerData as SearchThreadData

const database = new Database(indexPath, { readonly: true, fileMustExist: true })
const select = database.prepare<[string, number], string>('select contents from passages where passages match ? order by rank, rowid limit ?').pluck()

function answer({ id, expression, limit }: SearchQuestion): SearchThreadAnswer {
  try {
    return { id, contents: select.all(expression, limit) }
  } catch (error) {
    return { id, problem: String(error) }
  }
}

parentPort?.on('message', (question: SearchQuestion) => parentPort?.postMessage(answer(question)))
