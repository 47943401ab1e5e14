/** @file Zip files, written and unpacked as streams. It does not know what is in them. */
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { Unzip, UnzipInflate, Zip, ZipDeflate } from 'fflate'
import { messageOf } from '../../../shared/message-of.ts'
import { TransferError } from '../errors.ts'
import { placeInside } from './place-inside.ts'

export interface ZipEntry {
  readonly name: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/** The format's own limit without its 64-bit extension, which the library does not write. */
const MAX_ZIP_BYTES = 2 ** 32 - 1

/** Writes the entries one after the other. Throws TransferError where the file would pass 4 GiB. */
export async function writeZip(path: string, entries: AsyncIterable<ZipEntry>): Promise<void> {
  const file = createWriteStream(path)
  const failed = once(file, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {}) // whoever awaits the race hears of it
  let writtenBytes = 0
  let problem: Error | null = null
  const zip = new Zip((error, chunk) => {
    problem ??= error
    writtenBytes += chunk.length
    file.write(chunk)
  })
  for await (const { name, chunks } of entries) {
    const entry = new ZipDeflate(name)
    zip.add(entry)
    for await (const chunk of chunks) {
      entry.push(chunk)
      if (problem !== null) throw problem as Error // set by the callback
      if (writtenBytes > MAX_ZIP_BYTES) throw new TransferError(path, name, 'the bundle would be larger than 4 GiB. Export fewer runs at a time.')
      if (file.writableNeedDrain) await Promise.race([once(file, 'drain'), failed])
    }
    entry.push(new Uint8Array(), true)
  }
  zip.end()
  file.end()
  await Promise.race([finished(file), failed])
}

/** Of everything in a zip; a few kilobytes can be made to unpack to more than any disk holds. */
const MAX_UNPACKED_BYTES = 64 * 2 ** 30
const MAX_ENTRIES = 100_000

/** Unpacks into an existing folder. Throws TransferError for a file that is no zip, an entry that would leave the folder, or one past a limit. */
export async function unpackZip(path: string, folder: string): Promise<void> {
  const unpacking = new Unpacking(path, folder)
  const unzip = new Unzip((entry) => unpacking.begin(entry.name, (onData) => {
    entry.ondata = onData
    entry.start()
  }))
  unzip.register(UnzipInflate)
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      unzip.push(chunk)
      await unpacking.settle()
    }
    unzip.push(new Uint8Array(), true)
    await unpacking.settle()
  } catch (cause) {
    if (cause instanceof TransferError) throw cause
    throw new TransferError(path, null, `cannot be unpacked (${messageOf(cause)})`, { cause })
  } finally {
    await unpacking.close()
  }
  if (unpacking.entryCount === 0) throw new TransferError(path, null, 'expected a bundle, found a file that is no zip or an empty one')
}

/** The library calls back in the middle of `push`: what it hands over is collected and written between two pushes. */
class Unpacking {
  entryCount = 0
  readonly #path: string
  readonly #folder: string
  readonly #files: WriteStream[] = []
  readonly #pending: (() => Promise<void>)[] = []
  #bytes = 0

  constructor(path: string, folder: string) {
    this.#path = path
    this.#folder = folder
  }

  begin(name: string, start: (onData: (error: Error | null, chunk: Uint8Array, isLast: boolean) => void) => void): void {
    if (++this.entryCount > MAX_ENTRIES) throw new TransferError(this.#path, name, `expected at most ${MAX_ENTRIES} entries`)
    const target = placeInside(this.#path, this.#folder, name)
    if (name.endsWith('/')) return
    let file: WriteStream | null = null
    this.#pending.push(async () => {
      await mkdir(dirname(target), { recursive: true })
      file = createWriteStream(target, { flags: 'wx' })
      this.#files.push(file)
      await once(file, 'open') // rejects where an entry of that name came before
    })
    start((error, chunk, isLast) => {
      if (error !== null) throw new TransferError(this.#path, name, `is damaged (${error.message})`)
      this.#bytes += chunk.length
      if (this.#bytes > MAX_UNPACKED_BYTES) throw new TransferError(this.#path, name, `expected at most ${MAX_UNPACKED_BYTES} bytes in all after unpacking`)
      this.#pending.push(() => this.#write(file, chunk, isLast))
    })
  }

  async settle(): Promise<void> {
    for (const act of this.#pending.splice(0)) await act()
  }

  async close(): Promise<void> {
    for (const file of this.#files) if (!file.closed) await once(file.destroy(), 'close')
  }

  async #write(file: WriteStream | null, chunk: Uint8Array, isLast: boolean): Promise<void> {
    if (file === null) throw new Error('internal: an entry was written before it was begun')
    if (!file.write(chunk)) await once(file, 'drain')
    if (!isLast) return
    file.end()
    await finished(file)
  }
}
