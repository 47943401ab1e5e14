/**
 * @file Packed weights that were written once: where they lie, what they are valid for, and which of them have to go. It opens no session
 * and does not know who packs (runtime/packing.ts).
 *
 * `<weightsDir>/packed/<key>/` holds the optimised graph, its weights with their packed form, and a record of what they were made of.
 */
import { createHash, type Hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../../../shared/error-code.ts'
import { packedFiles, runtimeVersion } from './graph-session.ts'

/**
 * All packed weights together: about five models of 0.5 B, or one of 3 B. The least recently used go first, since the next start
 * without them is only slower.
 */
const MAX_TOTAL_BYTES = 32 * 2 ** 30
/** Left free on the disk for everything else. */
const FREE_RESERVE_BYTES = 2 * 2 ** 30
/** A packer that is this old is not at work any more, whoever has its process id now. */
const MAX_PACKING_MS = 60 * 60 * 1000

const RECORD = 'packed.json'
const PARTIAL = '.partial'

const fileSchema = z.object({ path: z.string(), sizeBytes: z.number(), modifiedMs: z.number() })
const recordSchema = z.object({ runtime: z.string(), sources: z.array(fileSchema), packed: z.array(fileSchema) })
type FileState = z.infer<typeof fileSchema>
type PackedRecord = z.infer<typeof recordSchema>

/** What packed weights are made of. */
export interface PackedSource {
  /** Encoded graph whose weights lie in `files`; it holds none itself. */
  readonly graph: Uint8Array
  /** Realpaths. */
  readonly files: readonly string[]
}

/** The folder of packed weights for a graph over certain files, on this processor with this runtime. */
export function packedFolder(weightsDir: string, source: PackedSource): string {
  const hash = createHash('sha256').update(runtimeVersion).update(processor()).update(source.graph)
  for (const file of source.files) updateWithState(hash, stateOf(file))
  return join(packedRoot(weightsDir), hash.digest('hex').slice(0, 32))
}

/** The graph in `folder`, now marked as used; null where there is none. One that is not as it was written is removed. */
export function findPacked(folder: string): string | null {
  const record = readRecord(folder)
  if (record === null) {
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  try {
    const now = new Date()
    utimesSync(join(folder, RECORD), now, now)
  } catch (error) {
    // Another user's, or a folder that cannot be written: what lies there can still be read.
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error
  }
  return join(folder, packedFiles.graph)
}

export function removePacked(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * A folder of this process's own to pack into, or null where another process is at it or done. Two that begin in the same moment both
 * stand back: then nothing is packed this time.
 */
export function claimPacking(folder: string): string | null {
  if (existsSync(folder)) return null
  const partial = `${folder}.${process.pid}${PARTIAL}`
  rmSync(partial, { recursive: true, force: true }) // of an earlier process with our id
  mkdirSync(partial, { recursive: true })
  const isAlone = partialFolders(join(folder, '..')).every(({ path }) => path === partial || !path.startsWith(`${folder}.`))
  if (isAlone) return partial
  rmSync(partial, { recursive: true, force: true })
  return null
}

/** Puts what was packed into `partial` in its place. Where another was faster, theirs stays. */
export function publishPacked(partial: string, folder: string, files: readonly string[]): void {
  const packed = Object.values(packedFiles).map((name) => ({ ...stateOf(join(partial, name)), path: name }))
  const record: PackedRecord = { runtime: runtimeVersion, sources: files.map(stateOf), packed }
  writeFileSync(join(partial, RECORD), JSON.stringify(record))
  if (!existsSync(folder)) renameSync(partial, folder)
  else rmSync(partial, { recursive: true, force: true })
}

/**
 * Removes what nobody can use any more, and the least recently used until `neededBytes` more are within the limit and fit on the disk.
 * Where that cannot be reached nothing usable is removed, and the reason comes back as a sentence; else null.
 */
export function makeRoom(weightsDir: string, neededBytes: number): string | null {
  const root = packedRoot(weightsDir)
  mkdirSync(root, { recursive: true })
  partialFolders(root) // forgets those whose packer has died
  const kept = readdirSync(root)
    .filter((name) => !name.endsWith(PARTIAL))
    .map((name) => join(root, name))
    .filter((folder) => isUsable(folder) || void tryRemove(folder))
    .map((folder) => ({ folder, usedMs: statSync(join(folder, RECORD)).mtimeMs, sizeBytes: folderBytes(folder) }))
    .sort((one, other) => one.usedMs - other.usedMs)
  const keptBytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const free = freeBytes(root) - FREE_RESERVE_BYTES
  if (neededBytes > MAX_TOTAL_BYTES) return `Packed weights of this model would take ${gigabytes(neededBytes)}, and at most ${gigabytes(MAX_TOTAL_BYTES)} are kept.`
  if (neededBytes > free + keptBytes) return `Packed weights of this model would take ${gigabytes(neededBytes)} in ${root}, which has no room for them.`
  let removedBytes = 0
  for (const { folder, sizeBytes } of kept) {
    if (keptBytes - removedBytes + neededBytes <= MAX_TOTAL_BYTES && neededBytes <= free + removedBytes) break
    tryRemove(folder)
    removedBytes += sizeBytes
  }
  return null
}

function packedRoot(weightsDir: string): string {
  return join(weightsDir, 'packed')
}

/** Packing depends on the instructions that the processor has. */
function processor(): string {
  if (process.platform === 'linux') {
    const flags = /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0]
    if (flags !== undefined) return `${process.arch} ${flags}`
  }
  return `${process.arch} ${cpus()[0]?.model ?? ''}`
}

function stateOf(path: string): FileState {
  const { size, mtimeMs } = statSync(path)
  return { path, sizeBytes: size, modifiedMs: mtimeMs }
}

function updateWithState(hash: Hash, { path, sizeBytes, modifiedMs }: FileState): void {
  hash.update(JSON.stringify([path, sizeBytes, modifiedMs]))
}

/** null unless every packed file is as it was written. */
function readRecord(folder: string): PackedRecord | null {
  const path = join(folder, RECORD)
  if (!existsSync(path)) return null
  const record = recordSchema.safeParse(parseJson(readFileSync(path, 'utf8')))
  if (!record.success || record.data.packed.length === 0) return null
  return record.data.packed.every((file) => isAsRecorded({ ...file, path: join(folder, file.path) })) ? record.data : null
}

/** undefined where it is no JSON: a torn record is as good as none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isAsRecorded(file: FileState): boolean {
  const found = existsSync(file.path) ? stateOf(file.path) : undefined
  return found?.sizeBytes === file.sizeBytes && found.modifiedMs === file.modifiedMs
}

/** Whether some model may still open it: made by this runtime, of files that are as they were. */
function isUsable(folder: string): boolean {
  const record = readRecord(folder)
  return record?.runtime === runtimeVersion && record.sources.every(isAsRecorded)
}

/** Folders that are being packed into. Those of packers that died are removed. */
function partialFolders(root: string): { path: string }[] {
  const folders = readdirSync(root).filter((name) => name.endsWith(PARTIAL)).map((name) => ({ path: join(root, name) }))
  return folders.filter(({ path }) => isAtWork(path) || void tryRemove(path))
}

function isAtWork(partial: string): boolean {
  const pid = Number(/\.(\d+)\.partial$/.exec(partial)?.[1])
  const started = statSync(partial, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return isAlive(pid) && Date.now() - started < MAX_PACKING_MS
}

/** Whether a process of this machine has that id. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM') // another user's
  }
}

/** Windows keeps files that a process has mapped: they go when they are looked at the next time. */
function tryRemove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    if (!hasCode(error, 'EBUSY', 'EPERM')) throw error
  }
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
