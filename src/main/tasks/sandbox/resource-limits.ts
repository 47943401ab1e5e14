/** @file The limits as a Unix process sets them on itself. It does not know who does. */
import { readFile } from 'node:fs/promises'
import { limits } from './limits.ts'

/** Names of Python's `resource` module, with numbers for `setrlimit`. */
export async function resourceLimits(): Promise<Record<string, number>> {
  return {
    RLIMIT_CPU: limits.processorSeconds,
    RLIMIT_AS: limits.memoryBytes,
    RLIMIT_FSIZE: limits.fileBytes,
    RLIMIT_NOFILE: limits.files,
    RLIMIT_CORE: 0,
    ...(process.platform === 'linux' ? { RLIMIT_NPROC: (await countTasks()) + limits.processes } : {}),
  }
}

/** All processes and threads of the machine: the limit counts those of the user, wherever they run, and is never smaller than this allows. */
async function countTasks(): Promise<number> {
  const tasks = /\d+\/(\d+)/.exec(await readFile('/proc/loadavg', 'utf8'))
  return Number(tasks?.[1] ?? 0)
}
