/** @file The thread that writes one index: told as it goes, then how it ended. It removes nothing and renames nothing. */
import { parentPort, workerData } from 'node:worker_threads'
import { DatasetError } from '../dataset-error.ts'
import type { IndexMessage } from './build-index.ts'
import { type IndexOrder, writeIndex } from './index-file.ts'

const post = (message: IndexMessage): void => parentPort?.postMessage(message)

try {
  // `buildIndex` is the only one that starts this file.
  await writeIndex(workerData as IndexOrder, (fraction) => post({ kind: 'progress', fraction }))
  post({ kind: 'written' })
} catch (error) {
  if (!(error instanceof DatasetError)) throw error
  const { path, problem, row, field } = error
  post({ kind: 'refused', path, problem, row, field })
}
