/** @file Zip files: written ones are unpacked again; names that leave the folder and files that are none are refused. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unpackZip, writeZip, type ZipEntry } from './zip-file.ts'

let folder: string
let target: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-file-'))
  target = join(folder, 'unpacked')
  mkdirSync(target)
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function* entries(contents: Record<string, readonly Buffer[]>): AsyncGenerator<ZipEntry> {
  for (const [name, chunks] of Object.entries(contents)) {
    yield await Promise.resolve({
      name,
      chunks: (async function* () {
        yield* await Promise.resolve(chunks)
      })(),
    })
  }
}

const big = Buffer.alloc(3_000_000, 'memory ')
const contents = { 'a.jsonl': [Buffer.from('é\n'), Buffer.from('b\n')], 'deep/down/big.bin': [big], empty: [] }

test('what was written is unpacked, and is a zip to others', async () => {
  const path = join(folder, 'a.zip')
  await writeZip(path, entries(contents))
  await unpackZip(path, target)
  expect(readFileSync(join(target, 'a.jsonl'), 'utf8')).toBe('é\nb\n')
  expect(readFileSync(join(target, 'deep/down/big.bin')).equals(big)).toBe(true)
  expect(readFileSync(join(target, 'empty')).length).toBe(0)
  expect(Object.keys(unzipSync(readFileSync(path)))).toEqual(['a.jsonl', 'deep/down/big.bin', 'empty'])
})

test.each(['../out', 'a/../../out', '/etc/out', 'C:\\out', '..\\out', 'a\0b'])('an entry named %j is refused, and nothing is written outside', async (name) => {
  const path = join(folder, 'bad.zip')
  writeFileSync(path, zipSync({ [name]: Buffer.from('x') }))
  await expect(unpackZip(path, target)).rejects.toThrow(/bad\.zip.*inside the bundle/)
  expect(existsSync(join(folder, 'out'))).toBe(false)
  expect(readdirSync(target)).toEqual([])
})

test('a file that is no zip is refused', async () => {
  const path = join(folder, 'no.zip')
  writeFileSync(path, 'hello')
  await expect(unpackZip(path, target)).rejects.toThrow('no.zip: expected a bundle')
})

test('two entries of one name are refused', async () => {
  const path = join(folder, 'twice.zip')
  const one = zipSync({ a: Buffer.from('x') }, { level: 0 })
  writeFileSync(path, Buffer.concat([one.subarray(0, one.length - 22 - 47), one]))
  await expect(unpackZip(path, target)).rejects.toThrow(/twice\.zip/)
})
