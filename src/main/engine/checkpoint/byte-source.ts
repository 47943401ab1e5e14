/** @file Random access to the bytes of one file. Knows no format; readers depend on this interface, so tests can hand them bytes. */
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { codeOf } from '../../../shared/error-code.ts'
import { CheckpointFormatError } from './errors.ts'

/** Bytes of one file; `path` is only used in messages and results. */
export interface ByteSource {
  readonly path: string
  readonly sizeBytes: number
  /**
   * A copy of `[offset, offset + length)`. Throws CheckpointFormatError when the file ends before.
   * @param reused takes the bytes, where it is large enough. @default a fresh buffer
   */
  read(offset: number, length: number, reused?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
}

/** Opens `path` (symlinks followed, `source.path` is the realpath), hands it to `use` and closes it whatever happens. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const { realPath, descriptor, sizeBytes } = open(path)
  try {
    return use({ path: realPath, sizeBytes, read: (offset, length, reused) => readExactly(descriptor, realPath, offset, length, reused) })
  } finally {
    closeSync(descriptor)
  }
}

/** The whole file as UTF-8 text, refused above `limitBytes`. */
export function readText(path: string, limitBytes: number): string {
  return withFile(path, (source) => {
    if (source.sizeBytes > limitBytes) {
      throw new CheckpointFormatError({ path }, `expected at most ${limitBytes} bytes, found ${source.sizeBytes}`)
    }
    return decodeUtf8(source.path, source.read(0, source.sizeBytes))
  })
}

/** Strict UTF-8; a byte order mark is not removed, so JSON behind one is refused as upstream does. */
export function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CheckpointFormatError({ path }, 'expected UTF-8 text, found other bytes', { cause })
  }
}

/** The same interface over bytes in memory. */
export function bytesSource(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    sizeBytes: bytes.length,
    read(offset, length) {
      if (offset + length > bytes.length) throw endsEarly(path, offset, length, bytes.length)
      return new Uint8Array(bytes.subarray(offset, offset + length))
    },
  }
}

function open(path: string) {
  try {
    const realPath = realpathSync(path)
    // Asked before opening: opening a named pipe waits for its writer, perhaps for ever.
    const stat = statSync(realPath)
    if (!stat.isFile()) throw new CheckpointFormatError({ path }, 'expected a file, found a folder or device')
    return { realPath, descriptor: openSync(realPath, 'r'), sizeBytes: stat.size }
  } catch (cause) {
    if (cause instanceof CheckpointFormatError) throw cause
    throw new CheckpointFormatError({ path }, `cannot be opened (${codeOf(cause) ?? String(cause)})`, { cause })
  }
}

// One read call moves at most 2^31 - 1 bytes; an embedding table can be larger.
const maxReadBytes = 1 << 30

function readExactly(descriptor: number, path: string, offset: number, length: number, reused?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  // Asked before allocating: a lying header must not make us reserve terabytes.
  const { size } = fstatSync(descriptor)
  if (offset + length > size) throw endsEarly(path, offset, length, size)
  const bytes = reused !== undefined && reused.length >= length ? reused.subarray(0, length) : new Uint8Array(length)
  let done = 0
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(maxReadBytes, length - done), offset + done)
    if (count === 0) throw endsEarly(path, offset, length, offset + done)
    done += count
  }
  return bytes
}

function endsEarly(path: string, offset: number, length: number, sizeBytes: number): CheckpointFormatError {
  return new CheckpointFormatError({ path }, `expected bytes ${offset} to ${offset + length}, found the end of the file at ${sizeBytes}`)
}
