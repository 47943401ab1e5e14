/** @file Whether files are still what they were, without reading them. It does not know what they hold. */
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A short text that changes when a file under one of the paths (files or folders, which may be missing) is added, removed, resized or rewritten. */
export function stampFiles(paths: readonly string[]): string {
  const lines = paths.flatMap((path) => listFiles(path)).map((path) => {
    const { size, mtimeMs } = statSync(path)
    return `${path} ${size} ${Math.round(mtimeMs)}`
  })
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16)
}

function listFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return []
  if (!found.isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}
