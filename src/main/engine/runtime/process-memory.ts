/** @file What this process takes of the machine's memory, and what is left. Knows Linux's files; elsewhere it says that it does not know. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes, mapped pages of files that are in memory included; null where the system does not tell. */
export interface ProcessMemory {
  readonly residentBytes: number
  /** The highest since the process started, or since `forgetPeak`. */
  readonly peakBytes: number
  /** Of `residentBytes` what no other process can share and no file can give back. */
  readonly privateBytes: number
}

export function processMemory(): ProcessMemory | null {
  if (process.platform !== 'linux') return null
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytesOf = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  return { residentBytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM'), privateBytes: bytesOf('RssAnon') }
}

/** Lets the peak begin anew. Returns whether the system does that; some containers forbid it. */
export function forgetPeak(): boolean {
  if (process.platform !== 'linux') return false
  try {
    writeFileSync('/proc/self/clear_refs', '5') // proc(5): resets the high water mark, and nothing else
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/**
 * Bytes that can still be taken: what is free and what the system can take back from its cache of files, within the limit of this
 * process's control group. Node counts a group's cache as taken, though a model's file alone can fill it.
 */
export function availableMemory(): number {
  return process.availableMemory() + cachedByGroup()
}

const CGROUP = '/sys/fs/cgroup'

/** Pages of files that a limited control group (version 2) holds and can give back; 0 without a limit. */
function cachedByGroup(): number {
  const limitPath = join(CGROUP, 'memory.max')
  if (!existsSync(limitPath) || !/^\d+$/.test(readFileSync(limitPath, 'utf8').trim())) return 0
  const stat = readFileSync(join(CGROUP, 'memory.stat'), 'utf8')
  const bytesOf = (field: string): number => Number(new RegExp(`^${field} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
  return bytesOf('active_file') + bytesOf('inactive_file')
}
