/** @file Shard indexes: what they may name, links of the Hugging Face cache, and what is refused. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hostTensor } from '../tensor/host-tensor.ts'
import { writeSafetensors } from './safetensors-writer.ts'
import { openWeights } from './weight-index.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'weights-')))
})
afterEach(() => rmSync(root, { recursive: true }))

function writeShard(path: string, ...names: string[]): void {
  writeSafetensors(path, new Map(names.map((name) => [name, hostTensor([2], Float32Array.of(1, 2))])))
}

function writeIndex(directory: string, weightMap: Record<string, string>): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }))
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

test('tensors of all shards are found at their offsets', () => {
  writeShard(join(root, 'one.safetensors'), 'a', 'b')
  writeShard(join(root, 'two.safetensors'), 'c')
  writeIndex(root, { a: 'one.safetensors', b: 'one.safetensors', c: 'two.safetensors' })
  const { tensors, files } = openWeights(root)
  expect([...tensors.keys()]).toEqual(['a', 'b', 'c'])
  expect(tensors.get('c')).toMatchObject({ name: 'c', file: join(root, 'two.safetensors'), dtype: 'F32', shape: [2], byteLength: 8 })
  expect(files.map(({ path }) => path)).toEqual([join(root, 'one.safetensors'), join(root, 'two.safetensors')])
})

describe('an index may not leave its folder', () => {
  test.each(['../out.safetensors', 'sub/../../out.safetensors', '/etc/passwd', 'C:\\out.safetensors', '..\\out.safetensors', '', 'a\0b'])('%j is refused and named', (shard) => {
    const model = join(root, 'model')
    writeShard(join(root, 'out.safetensors'), 'a')
    writeIndex(model, { a: shard })
    expect(() => openWeights(model)).toThrow(/weight_map": expected a shard inside the folder, found/)
    expect(() => openWeights(model)).toThrow(JSON.stringify(shard))
  })

  test('a link that leaves it is refused and both ends are named', () => {
    const model = join(root, 'model')
    writeShard(join(root, 'out.safetensors'), 'a')
    writeIndex(model, { a: 'in.safetensors' })
    link('../out.safetensors', join(model, 'in.safetensors'))
    expect(() => openWeights(model)).toThrow(/found "in\.safetensors", a link to ".*out\.safetensors"/)
  })

  test('a link within it is followed', () => {
    writeShard(join(root, 'real', 'a.safetensors'), 'a')
    writeIndex(root, { a: 'a.safetensors' })
    link('real/a.safetensors', join(root, 'a.safetensors'))
    expect(openWeights(root).tensors.get('a')?.file).toBe(join(root, 'real', 'a.safetensors'))
  })
})

describe('the Hugging Face cache', () => {
  const repository = () => join(root, 'models--org--name')
  const snapshot = () => join(repository(), 'snapshots', 'abc123')

  test('its links from snapshots to blobs work, for a single file and for shards', () => {
    writeShard(join(repository(), 'blobs', 'hash1'), 'a')
    link('../../blobs/hash1', join(snapshot(), 'model.safetensors'))
    expect(openWeights(snapshot()).tensors.get('a')?.file).toBe(join(repository(), 'blobs', 'hash1'))

    const sharded = join(repository(), 'snapshots', 'def456')
    writeIndex(sharded, { a: 'part.safetensors' })
    link('../../blobs/hash1', join(sharded, 'part.safetensors'))
    expect(openWeights(sharded).tensors.get('a')?.file).toBe(join(repository(), 'blobs', 'hash1'))
  })

  test('a folder below the revision works too', () => {
    writeShard(join(repository(), 'blobs', 'hash1'), 'a')
    writeIndex(join(snapshot(), 'weaver'), { a: 'part.safetensors' })
    link('../../../blobs/hash1', join(snapshot(), 'weaver', 'part.safetensors'))
    expect(openWeights(join(snapshot(), 'weaver')).tensors.has('a')).toBe(true)
  })

  test('a link to the blobs of another repository is refused', () => {
    writeShard(join(root, 'models--org--other', 'blobs', 'hash2'), 'a')
    mkdirSync(join(repository(), 'blobs'), { recursive: true })
    writeIndex(snapshot(), { a: 'part.safetensors' })
    link('../../../models--org--other/blobs/hash2', join(snapshot(), 'part.safetensors'))
    expect(() => openWeights(snapshot())).toThrow('expected a shard inside the folder')
  })
})

test('a shard that is not there, and a tensor that its shard lacks, are named', () => {
  writeIndex(root, { a: 'gone.safetensors' })
  expect(() => openWeights(root)).toThrow(/gone\.safetensors: expected a shard named by/)
  writeShard(join(root, 'gone.safetensors'), 'b')
  expect(() => openWeights(root)).toThrow(/gone\.safetensors, tensor "a": expected by .* found no such tensor/)
})

test('pickled weights are refused with what to do about it', () => {
  writeFileSync(join(root, 'pytorch_model.bin'), '')
  expect(() => openWeights(root)).toThrow(/pytorch_model\.bin: expected weights as model\.safetensors.*convert/)
})

test('an empty folder is refused with the names that were looked for', () => {
  expect(() => openWeights(root)).toThrow('expected model.safetensors or model.safetensors.index.json, found neither')
})
