/** @file What writers that were killed left in a folder (atomic-file.ts, atomic-directory.ts). Knows nothing of what they wrote. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The name of what was written, the process that wrote it, and which of the two it is. */
const leftover = /^(.+)\.\d+\.(partial|previous)$/

/**
 * Puts back what had stepped aside for a folder that never came, and removes the rest. Only for a folder that nobody else writes to.
 * @param isWritten whether something of this name is written there; what else lies in the folder is not ours
 */
export function clearLeftovers(directory: string, isWritten: (name: string) => boolean): void {
  for (const name of readdirSync(directory)) {
    const [, target, kind] = leftover.exec(name) ?? []
    if (target === undefined || !isWritten(target)) continue
    const path = join(directory, name)
    if (kind === 'previous' && !existsSync(join(directory, target))) renameSync(path, join(directory, target))
    else rmSync(path, { recursive: true })
  }
}
