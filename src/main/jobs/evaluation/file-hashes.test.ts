/** @file Hashes of files, read once as long as the files stay as they are. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileHashes } from './file-hashes.ts'

let dir: string
let cache: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'file-hashes-'))
  cache = join(dir, 'app', 'hashes.json')
  mkdirSync(join(dir, 'model', 'deep'), { recursive: true })
  writeFileSync(join(dir, 'model', 'b.bin'), 'abc')
  writeFileSync(join(dir, 'model', 'deep', 'a.bin'), '')
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

async function hashes(): Promise<string[]> {
  return (await new FileHashes(cache).hashFolders([join(dir, 'model')])).map(({ path, sizeBytes, sha256 }) => `${path.slice(dir.length)} ${sizeBytes} ${sha256.slice(0, 8)}`)
}

test('every file under a folder is hashed, sorted by path', async () => {
  expect(await hashes()).toEqual(['/model/b.bin 3 ba7816bf', '/model/deep/a.bin 0 e3b0c442'])
  expect((await new FileHashes(cache).hashFolders([join(dir, 'model')]))[0]?.sha256).toBe(ABC)
})

test('a file that stayed as it was is not read again; one that changed is', async () => {
  const path = join(dir, 'model', 'b.bin')
  utimesSync(path, 1000, 1000)
  await hashes()
  // As large and as old as before: nobody looks inside.
  writeFileSync(path, 'xyz')
  utimesSync(path, 1000, 1000)
  expect((await hashes())[0]).toContain('ba7816bf')
  utimesSync(path, 2000, 2000)
  expect((await hashes())[0]).not.toContain('ba7816bf')
})

test('a cache that is no cache is made anew', async () => {
  mkdirSync(join(dir, 'app'))
  writeFileSync(cache, '{"a": 1')
  expect(await hashes()).toHaveLength(2)
})

test('links are followed to the file, which counts once', async () => {
  symlinkSync(join(dir, 'model', 'b.bin'), join(dir, 'model', 'link.bin'))
  expect(await hashes()).toHaveLength(2)
})
