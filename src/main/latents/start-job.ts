/** @file Starts a job on latents in a thread of its own, so that the app goes on while it computes. It does not know what is computed. */
import { on } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LatentJob, LatentMessage } from './latent-job.ts'

/** Beside the bundle where the app was built (electron.vite.config.ts), else this folder's source. */
const builtEntry = join(import.meta.dirname, 'latent-worker.js')
const entry = existsSync(builtEntry) ? builtEntry : join(import.meta.dirname, 'worker-entry.ts')

/**
 * How far it is, again and again, and last its result. Leaving the iteration or aborting ends the thread at once.
 * The points' memory moves to the thread: they cannot be read here afterwards.
 */
export async function* startJob(job: LatentJob, { signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<LatentMessage, void, undefined> {
  // Flags of the running Node, such as a test runner's loaders, are not the thread's.
  const worker = new Worker(entry, { workerData: job, transferList: [job.points.data.buffer as ArrayBuffer], execArgv: [] }) // gathered here, never shared
  try {
    const messages = on(worker, 'message', { close: ['exit'], signal }) as AsyncIterable<[LatentMessage]> // our own entry speaks
    for await (const [message] of messages) {
      yield message
      if (message.kind !== 'progress') return
    }
    throw new Error('internal: the thread that computes on latents ended without a result')
  } finally {
    await worker.terminate()
  }
}
