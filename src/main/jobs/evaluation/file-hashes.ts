/**
 * @file SHA-256 of large files, each read once for as long as its size and time of change stay the same. It does not know what the
 * files are.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

export interface HashedFile {
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** Keyed by real path. */
const cacheSchema = z.record(z.string(), z.object({ sizeBytes: z.number(), mtimeMs: z.number(), sha256: z.string() }))
type Cache = z.infer<typeof cacheSchema>

export interface HashFilesOptions {
  readonly signal?: AbortSignal
  /** @param fraction of all bytes, 0 to 1 */
  readonly onProgress?: (fraction: number) => void
}

export class FileHashes {
  readonly #cachePath: string

  /** @param cachePath a file that may be lost at any time: it is made anew */
  constructor(cachePath: string) {
    this.#cachePath = cachePath
  }

  /**
   * Every file under the folders, sorted by path, once.
   * @throws what reading throws, or the signal's reason
   */
  async hashFolders(folders: readonly string[], { signal, onProgress }: HashFilesOptions = {}): Promise<HashedFile[]> {
    const paths = [...new Set((await Promise.all(folders.map(listFiles))).flat())].sort()
    const files = await Promise.all(paths.map(describeFile))
    const known = this.#read()
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
    let doneBytes = 0
    const hashed: HashedFile[] = []
    const fresh: Cache = {}
    for (const { path, size, mtimeMs } of files) {
      const former = known[path]
      const isKnown = former?.sizeBytes === size && former.mtimeMs === mtimeMs
      const sha256 = isKnown ? former.sha256 : await hashFile(path, { signal, onBytes: (count) => onProgress?.((doneBytes + count) / totalBytes) })
      if (!isKnown) fresh[path] = { sizeBytes: size, mtimeMs, sha256 }
      doneBytes += size
      hashed.push({ path, sizeBytes: size, sha256 })
    }
    if (Object.keys(fresh).length > 0) this.#write({ ...this.#read(), ...fresh })
    return hashed
  }

  #read(): Cache {
    if (!existsSync(this.#cachePath)) return {}
    try {
      return cacheSchema.parse(JSON.parse(readFileSync(this.#cachePath, 'utf8')))
    } catch {
      return {} // whatever is wrong with it, the files say the same again
    }
  }

  #write(cache: Cache): void {
    mkdirSync(dirname(this.#cachePath), { recursive: true })
    const draft = `${this.#cachePath}.${process.pid}`
    writeFileSync(draft, JSON.stringify(cache))
    renameSync(draft, this.#cachePath)
  }
}

async function describeFile(path: string): Promise<{ path: string; size: number; mtimeMs: number }> {
  const { size, mtimeMs } = await stat(path)
  return { path, size, mtimeMs }
}

/** Real paths, so that a file of the Hugging Face cache counts once. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) return []
    return [realpathSync(path)]
  })
}

async function hashFile(path: string, { signal, onBytes }: { signal: AbortSignal | undefined; onBytes: (count: number) => void }): Promise<string> {
  const hash = createHash('sha256')
  let count = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal !== undefined && { signal }) }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    onBytes((count += chunk.length))
  }
  return hash.digest('hex')
}
