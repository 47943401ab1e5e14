/**
 * @file Packs weights in a process of its own, beside the engine: creating a session blocks its thread for seconds, and a thread may not be
 * ended meanwhile (docs/DESIGN.md 4.6), where a process may at any time. It does not know who will open what was packed.
 */
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedSource } from './packed-weights.ts'

/** Beside the bundle where the app was built (electron.vite.config.ts), else this folder's source. */
const builtEntry = join(import.meta.dirname, 'packing.js')
const entry = existsSync(builtEntry) ? builtEntry : join(import.meta.dirname, 'packing-entry.ts')

/** What the packer is told, once. */
export interface PackingTask extends PackedSource {
  /** Where it goes in the end. */
  readonly folder: string
}

/** What the packer says where it fails. */
export interface PackingFailure {
  readonly reason: string
}

export interface Packing {
  /**
   * Resolves when the process has ended, with why it failed, or null. There may be nothing in the folder all the same: another process is
   * at it. Keeps this process from ending only once it is waited for by `wait`.
   */
  readonly ended: Promise<string | null>
  wait(): Promise<string | null>
  /** Ends the process at once; what it had written is removed by the next one that packs. */
  stop(): void
}

export function startPacking(task: PackingTask): Packing {
  // Flags of the running Node, such as a test runner's loaders, are not the packer's.
  const child = fork(entry, [], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  let failure: string | null = null
  child.on('message', ({ reason }: PackingFailure) => (failure = reason))
  const ended = new Promise<string | null>((resolve) => {
    child.on('exit', (exitCode, signal) => {
      resolve(failure ?? (exitCode === 0 ? null : `The packing process ended with ${signal ?? exitCode}.`))
    })
    child.on('error', (error) => {
      resolve(error.message)
    })
  })
  let isAwaited = false
  child.send(task, () => {
    // The engine may end before the packer has finished, which then finishes alone.
    if (!isAwaited) child.unref()
    if (!isAwaited) child.channel?.unref()
  })
  const wait = (): Promise<string | null> => {
    isAwaited = true
    child.ref()
    child.channel?.ref()
    return ended
  }
  return { ended, wait, stop: () => void child.kill('SIGKILL') }
}
