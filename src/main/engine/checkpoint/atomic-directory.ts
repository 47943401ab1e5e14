/** @file Replaces a folder as a whole: a reader finds the old one or the whole new one. Knows nothing of what is in it. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode } from '../../../shared/error-code.ts'

/** Fills a folder beside `directory` and renames it. Throws what writing throws (disk full), with the old folder in place. */
export function writeDirectoryAtomically(directory: string, write: (partial: string) => void): void {
  const partial = `${directory}.${process.pid}.partial`
  rmSync(partial, { recursive: true, force: true })
  try {
    mkdirSync(partial, { recursive: true })
    write(partial)
    replaceDirectory(partial, directory)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
}

/** A folder cannot be renamed over a full one, so the old one steps aside first and comes back if the second rename fails. */
function replaceDirectory(source: string, target: string): void {
  const previous = `${target}.${process.pid}.previous`
  mkdirSync(dirname(target), { recursive: true })
  const hadPrevious = moveIfThere(target, previous)
  try {
    renameSync(source, target)
  } catch (error) {
    if (hadPrevious) renameSync(previous, target)
    throw error
  }
  rmSync(previous, { recursive: true, force: true })
}

function moveIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
