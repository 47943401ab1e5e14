/** @file How much memory this process holds, as the system counts it. It knows nothing of models. */
import { readFileSync } from 'node:fs'

export interface ProcessMemory {
  /** The most that was ever resident. */
  readonly peakBytes: number
  /** Resident now, mapped pages of weight files among it. */
  readonly residentBytes: number
  /** Of these the ones that belong to no file. */
  readonly privateBytes: number
}

/** null where the system has no /proc. */
export function processMemory(): ProcessMemory | null {
  if (process.platform !== 'linux') return null
  const status = readFileSync('/proc/self/status', 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  return { peakBytes: field('VmHWM'), residentBytes: field('VmRSS'), privateBytes: field('RssAnon') }
}
