/**
 * @file The side files of a folder: which of them running processes use, and which have to go. It does not know what one holds.
 *
 * `<weightsDir>/in-use/<side file>.<process id>` says that a process has opened a side file, for as long as that process lives; its time is
 * that of the last use.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '../../../shared/error-code.ts'
import { isAlive } from '../runtime/packed-weights.ts'

/** All side files together: about ten models of 3 B at 8 bits. The least recently used go first, since they can be made again. */
const MAX_TOTAL_BYTES = 32 * 2 ** 30
/** Left free on the disk for everything else. */
const FREE_RESERVE_BYTES = 2 * 2 ** 30

const SIDE_FILE = /\.(q8|q4)\.safetensors$/
/** As atomic writing names what is not whole yet (checkpoint/atomic-file.ts), and as removing names what is on its way out. */
const PARTIAL_FILE = /\.safetensors\.(?:removed\.)?(\d+)\.partial$/

/** Says that this process reads `path` from now on: nobody removes it before the process has ended. To be called before it is opened. */
export function markSideFile(path: string): void {
  try {
    mkdirSync(marksDir(path), { recursive: true })
    for (const { mark } of marksOf(path).filter(({ pid }) => !isAlive(pid))) rmSync(mark, { force: true })
    writeFileSync(join(marksDir(path), `${basename(path)}.${process.pid}`), '')
  } catch (error) {
    // A folder that cannot be written, or a full disk: what lies there can still be read.
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC')) throw error
  }
}

export interface SideFileRoom {
  /** Whether some base may still open the file. */
  readonly isUsable: (path: string) => boolean
  /** @default 32 GiB */
  readonly maxTotalBytes?: number
}

/**
 * Removes what killed processes were writing and what no base can use any more, and then the least recently used until `neededBytes` more are
 * within the limit and fit on the disk; none of these where the disk has no room even so. What a running process writes or has opened stays.
 */
export function makeSideFileRoom(weightsDir: string, neededBytes: number, { isUsable, maxTotalBytes = MAX_TOTAL_BYTES }: SideFileRoom): void {
  if (!existsSync(weightsDir)) return
  for (const name of readdirSync(weightsDir)) {
    const owner = PARTIAL_FILE.exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner))) attempt(() => rmSync(join(weightsDir, name)))
  }
  const files = readdirSync(weightsDir)
    .filter((name) => SIDE_FILE.test(name))
    .map((name) => join(weightsDir, name))
    .filter((path) => isOpen(path) || isUsable(path) || void removeSideFile(path))
    .flatMap((path) => stateOf(path) ?? [])
    .sort((one, other) => one.usedMs - other.usedMs)
  const idle = files.filter(({ path }) => !isOpen(path))
  const free = freeBytes(weightsDir) - FREE_RESERVE_BYTES
  if (neededBytes > free + bytesOf(idle)) return // whoever writes it will say so
  let removedBytes = 0
  for (const { path, sizeBytes } of idle) {
    if (bytesOf(files) - removedBytes + neededBytes <= maxTotalBytes && neededBytes <= free + removedBytes) return
    removeSideFile(path)
    removedBytes += sizeBytes
  }
}

function isOpen(path: string): boolean {
  return marksOf(path).some(({ pid }) => isAlive(pid))
}

interface SideFile {
  readonly path: string
  readonly sizeBytes: number
  /** Unix ms; when it was written where nobody has opened it since. */
  readonly usedMs: number
}

/** null where another process has just removed it. */
function stateOf(path: string): SideFile | null {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined) return null
  const markTimes = marksOf(path).map(({ mark }) => statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return { path, sizeBytes: file.size, usedMs: Math.max(file.mtimeMs, ...markTimes) }
}

function marksOf(path: string): { mark: string; pid: number }[] {
  const directory = marksDir(path)
  const prefix = `${basename(path)}.`
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith(prefix)) : []
  return names.map((name) => ({ mark: join(directory, name), pid: Number(name.slice(prefix.length)) }))
}

function marksDir(path: string): string {
  return join(dirname(path), 'in-use')
}

/**
 * Another process may open it in the same moment, and marks it before it looks: either its mark is seen here once the file is out of the way, and
 * the file goes back, or it finds no file and writes it anew.
 */
function removeSideFile(path: string): void {
  const removed = `${path}.removed.${process.pid}.partial`
  if (!attempt(() => renameSync(path, removed))) return
  if (isOpen(path)) {
    attempt(() => renameSync(removed, path))
    return
  }
  attempt(() => rmSync(removed))
  for (const { mark, pid } of marksOf(path)) if (!isAlive(pid)) rmSync(mark, { force: true })
}

/** False where another process was faster, or Windows keeps a file since a process has mapped it: then it goes the next time. */
function attempt(change: () => void): boolean {
  try {
    change()
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EBUSY', 'EPERM', 'EACCES')) return false
    throw error
  }
}

function bytesOf(files: readonly SideFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
