/** @file Writes a file so that readers see the old one or the whole new one, never a part. Knows no format. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes the chunks beside `path`, flushes them to the disk and renames. On an error (disk full) `path` is as before and the rest removed. */
export function writeFileAtomically(path: string, chunks: Iterable<Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.partial`
  try {
    writeAndFlush(temporary, chunks)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** As {@link writeFileAtomically} from chunks that take a while to make. */
export async function writeFileAtomicallyInTurns(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.partial`
  try {
    const descriptor = openSync(temporary, 'w')
    try {
      for await (const chunk of chunks) writeFully(descriptor, chunk)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function writeAndFlush(path: string, chunks: Iterable<Uint8Array>): void {
  const descriptor = openSync(path, 'w')
  try {
    for (const chunk of chunks) writeFully(descriptor, chunk)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function writeFully(descriptor: number, chunk: Uint8Array): void {
  let done = 0
  while (done < chunk.length) done += writeSync(descriptor, chunk, done, chunk.length - done)
}
