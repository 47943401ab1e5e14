/** @file A file that is there whole or not at all. It does not know what is written. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TransferError } from './errors.ts'

/**
 * Has `write` fill a file beside `path`, then gives it that name; an existing file is replaced then and not before.
 * @throws TransferError where the disk is full or the folder cannot be written; whatever else `write` throws, as it is
 */
export async function writeWhole(path: string, write: (temporaryPath: string) => Promise<void>): Promise<void> {
  const temporaryPath = `${path}.${randomUUID()}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await write(temporaryPath)
    await syncFile(temporaryPath)
    await rename(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true, recursive: true })
    if (isFileSystemError(error)) throw new TransferError(path, null, `cannot be written (${error.message})`, { cause: error })
    throw error
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error
}
