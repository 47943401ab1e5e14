/** @file One file of the hub into the cache's `blobs`, going on where it was stopped, taken over only when its checksum is right. It does not know repositories. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'

export interface RemoteBlob {
  readonly url: string
  readonly sizeBytes: number
  /** The blob's name in the cache: SHA-256 of what Git LFS keeps, else git's own hash of the file. */
  readonly checksum: { readonly kind: 'sha256' | 'git'; readonly hex: string }
}

export interface DownloadBlobOptions {
  readonly fetch: typeof fetch
  /** null asks without a login. */
  readonly token: string | null
  readonly signal?: AbortSignal | undefined
}

/** Between two reports of progress. */
const reportBytes = 2 ** 20

/**
 * Fetches what is missing, and yields how many bytes there are. What arrived stays in `<blobPath>.incomplete`, whatever ends it, unless
 * its checksum is wrong. Two processes that fetch one file at once spoil each other's part, which the checksum finds out.
 *
 * Raises Error in words where the answer, its length or its checksum is not what was expected.
 */
export async function* downloadBlob(blob: RemoteBlob, blobPath: string, { fetch, token, signal }: DownloadBlobOptions): AsyncGenerator<number> {
  const partPath = `${blobPath}.incomplete`
  yield* fetchRest(blob, partPath, { fetch, token, signal })
  const found = await hashFile(partPath, blob)
  if (found !== blob.checksum.hex) {
    await rm(partPath)
    throw new Error(`expected a file with the checksum ${blob.checksum.hex}, found ${found}; what arrived was removed`)
  }
  await rename(partPath, blobPath)
}

async function* fetchRest({ url, sizeBytes }: RemoteBlob, partPath: string, { fetch, token, signal }: DownloadBlobOptions): AsyncGenerator<number> {
  const handle = await open(partPath, 'a')
  try {
    let doneBytes = (await handle.stat()).size
    if (doneBytes === sizeBytes) return
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
    // Compressed on its way, a file could not be gone on with.
    const headers = { ...authorization, 'accept-encoding': 'identity', ...(doneBytes > 0 && doneBytes < sizeBytes && { range: `bytes=${doneBytes}-` }) }
    const response = await fetch(url, { headers, signal: signal ?? null })
    if (!response.ok || response.body === null) throw new Error(`expected the file, found the answer ${response.status} ${response.statusText}`)
    if (response.status !== 206) {
      await handle.truncate(0)
      doneBytes = 0
    }
    let reported = doneBytes
    yield doneBytes
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) { // which a fetched body is
      doneBytes += chunk.length
      if (doneBytes > sizeBytes) throw new Error(`expected ${sizeBytes} bytes, found more`)
      await handle.write(chunk)
      if (doneBytes - reported < reportBytes) continue
      reported = doneBytes
      yield doneBytes
    }
    if (doneBytes < sizeBytes) throw new Error(`expected ${sizeBytes} bytes, but the answer ended after ${doneBytes}`)
  } finally {
    await handle.close()
  }
}

/** Git hashes a file behind a header of its own (git-hash-object). */
async function hashFile(path: string, { sizeBytes, checksum }: RemoteBlob): Promise<string> {
  const hash = checksum.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${sizeBytes}\0`)
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer) // without an encoding a stream yields bytes
  return hash.digest('hex')
}
