/** @file Bytes of a dataset's file, in order or at random. Knows no format; readers depend on the interface. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { messageOf } from '../../shared/message-of.ts'
import { DatasetError } from './dataset-error.ts'

export interface DatasetFile {
  /** As the user gave it. */
  readonly path: string
  readonly byteLength: number
  /** All bytes in order. */
  chunks(): AsyncIterable<Uint8Array>
  /** `[start, end)`, to the end of the file by default. Raises DatasetError where the file ends before. */
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

/** Opens a file, hands it to `use` and closes it whatever happens. Raises DatasetError where it cannot be opened or is larger than the limit. */
export async function withDatasetFile<T>(path: string, limitBytes: number, use: (file: DatasetFile) => Promise<T>): Promise<T> {
  const handle = await openFile(path)
  try {
    const { size } = await handle.stat()
    if (size > limitBytes) throw new DatasetError(path, `expected at most ${limitBytes} bytes, found ${size}`)
    return await use(fileOf(path, handle, size))
  } finally {
    await handle.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Asked before opening: opening a named pipe waits for its writer, perhaps for ever.
    if (!(await stat(path)).isFile()) throw new DatasetError(path, 'expected a file, found a folder or device')
    return await open(path)
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause
    throw new DatasetError(path, `cannot be opened (${messageOf(cause)})`, { cause })
  }
}

function fileOf(path: string, handle: FileHandle, byteLength: number): DatasetFile {
  return {
    path,
    byteLength,
    async *chunks() {
      try {
        yield* handle.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Uint8Array> // without an encoding a stream yields bytes
      } catch (cause) {
        throw new DatasetError(path, `cannot be read (${String(cause)})`, { cause })
      }
    },
    async slice(start, end = byteLength) {
      // Asked before allocating: a table's footer may lie about where its columns are.
      if (start < 0 || end < start || end > byteLength) throw new DatasetError(path, `expected bytes ${start} to ${end} inside the file, found ${byteLength} bytes`)
      const bytes = new Uint8Array(end - start)
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done)
        if (bytesRead === 0) throw new DatasetError(path, `expected ${byteLength} bytes, but the file was cut at ${start + done} while it was read`)
        done += bytesRead
      }
      return bytes.buffer
    },
  }
}
