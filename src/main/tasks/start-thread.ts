/** @file Starts a thread of this room. It does not know what a thread does. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** A thread's first file. */
export interface ThreadEntry {
  /** Beside the bundle where the app was built (electron.vite.config.ts). */
  readonly built: string
  /** Else this room's source. */
  readonly source: string
}

/** @param data what the thread finds as its `workerData`, copied. The caller ends the thread. */
export function startThread({ built, source }: ThreadEntry, data: object): Worker {
  const builtPath = join(import.meta.dirname, built)
  const path = existsSync(builtPath) ? builtPath : join(import.meta.dirname, source)
  // Flags of the running Node, such as a test runner's loaders, are not the thread's.
  return new Worker(path, { workerData: data, execArgv: [] })
}
