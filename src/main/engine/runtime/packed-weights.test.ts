/** @file Which packed weights are found, which are taken for damaged, and which have to go. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimPacking, findPacked, makeRoom, packedFolder, publishPacked } from './packed-weights.ts'

let weightsDir = ''
let source = ''

beforeEach(() => {
  weightsDir = mkdtempSync(join(tmpdir(), 'memgen-packed-'))
  source = join(weightsDir, 'model.safetensors')
  writeFileSync(source, 'weights')
})

afterEach(() => {
  rmSync(weightsDir, { recursive: true })
})

/** As a packer leaves it, with a few bytes for weights. */
function pack(graph = 'graph'): string {
  const folder = packedFolder(weightsDir, { graph: Buffer.from(graph), files: [source] })
  const partial = claimPacking(folder)
  if (partial === null) throw new Error('nobody else packs here')
  writeFileSync(join(partial, 'model.onnx'), 'optimised')
  writeFileSync(join(partial, 'weights.bin'), 'packed')
  publishPacked(partial, folder, [source])
  return folder
}

test('what was packed is found under its graph and files, and nowhere else once a file has changed', () => {
  const folder = pack()
  expect(findPacked(folder)).toBe(join(folder, 'model.onnx'))
  appendFileSync(source, '!')
  expect(packedFolder(weightsDir, { graph: Buffer.from('graph'), files: [source] })).not.toBe(folder)
  expect(packedFolder(weightsDir, { graph: Buffer.from('another'), files: [source] })).not.toBe(folder)
})

test.each([
  { damage: 'is shorter than it was written', harm: (folder: string) => truncateSync(join(folder, 'weights.bin'), 3) },
  { damage: 'lacks its weights', harm: (folder: string) => rmSync(join(folder, 'weights.bin')) },
  { damage: 'has a torn record', harm: (folder: string) => truncateSync(join(folder, 'packed.json'), 5) },
  { damage: 'has a record of another shape', harm: (folder: string) => writeFileSync(join(folder, 'packed.json'), '{"packed": 1}') },
])('one that $damage is removed and can be packed again', ({ harm }) => {
  const folder = pack()
  harm(folder)
  expect(findPacked(folder)).toBeNull()
  expect(existsSync(folder)).toBe(false)
  expect(findPacked(pack())).not.toBeNull()
})

test('who finds another packer at work, or the work done, stands back', () => {
  const folder = packedFolder(weightsDir, { graph: Buffer.from('graph'), files: [source] })
  const other = `${folder}.${process.ppid}.partial` // of a process that is alive
  mkdirSync(other, { recursive: true })
  expect(claimPacking(folder)).toBeNull()
  rmSync(other, { recursive: true })
  expect(claimPacking(pack())).toBeNull()
  expect(readdirSync(join(folder, '..'))).toHaveLength(1)
})

test('a packer that died leaves nothing behind for long', () => {
  const folder = packedFolder(weightsDir, { graph: Buffer.from('graph'), files: [source] })
  const abandoned = `${folder}.${2 ** 30}.partial` // more than any process id
  mkdirSync(abandoned, { recursive: true })
  expect(claimPacking(folder)).not.toBeNull()
  expect(existsSync(abandoned)).toBe(false)
})

test('room is made by removing what was made of files that are gone or have changed', () => {
  const folder = pack()
  expect(makeRoom(weightsDir, 10)).toBeNull()
  expect(existsSync(folder)).toBe(true)
  appendFileSync(source, '!')
  expect(makeRoom(weightsDir, 10)).toBeNull()
  expect(existsSync(folder)).toBe(false)
})

test('where nothing can make enough room, what is there stays, and the numbers are said', () => {
  const folder = pack()
  expect(makeRoom(weightsDir, 2 ** 50)).toMatch(/^Packed weights of this model would take 1125899\.9 GB/)
  expect(existsSync(folder)).toBe(true)
})
