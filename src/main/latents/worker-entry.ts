/** @file The thread that computes on latents: one job, told as it goes, then its result. It keeps nothing. */
import { parentPort, workerData } from 'node:worker_threads'
import type { LatentJob, LatentMessage } from './latent-job.ts'
import { runJob } from './run-job.ts'

const post = (message: LatentMessage): void => parentPort?.postMessage(message)

/** Whoever shows it draws no more often, and a layout takes hundreds of steps. */
const PROGRESS_INTERVAL_MS = 50
let toldAt = 0

post(
  // The host's `startJob` is the only one that starts this file.
  runJob(workerData as LatentJob, (fraction) => {
    if (performance.now() - toldAt < PROGRESS_INTERVAL_MS) return
    toldAt = performance.now()
    post({ kind: 'progress', fraction })
  }),
)
