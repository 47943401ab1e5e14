/** @file Where a name from a foreign file may lie: inside its folder and nowhere else. It does not touch the disk. */
import { join, posix } from 'node:path'
import { TransferError } from '../errors.ts'

/** The absolute place of `name` in `folder`. Throws TransferError for absolute names, backslashes, drives and names that leave the folder. */
export function placeInside(path: string, folder: string, name: string): string {
  const isPlain = name !== '' && !name.includes('\\') && !name.includes('\0') && !posix.isAbsolute(name) && !/^[A-Za-z]:/.test(name)
  if (!isPlain || name.split('/').includes('..')) throw new TransferError(path, JSON.stringify(name), 'expected a name inside the bundle, found one that leaves its folder')
  return join(folder, posix.normalize(name))
}
