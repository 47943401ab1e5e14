/** @file Finds every tensor of a model folder, in one file or in shards. Knows no architecture and reads no tensor. */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { z } from 'zod'
import { CheckpointFormatError, quote } from './errors.ts'
import { readJsonFile } from './json-file.ts'
import { readSafetensorsHeader, type SafetensorsHeader, type TensorLocation } from './safetensors.ts'

export interface WeightIndex {
  readonly directory: string
  readonly tensors: ReadonlyMap<string, TensorLocation>
  /** Every weight file, realpaths, in the order of first use. */
  readonly files: readonly WeightFile[]
}

export interface WeightFile {
  readonly path: string
  readonly sizeBytes: number
}

const singleFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

/** The largest published checkpoints have below 200 shards; more only costs open files. */
const maxShards = 2000

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/**
 * Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
 * The names in an index may not leave the folder, nor may a symlink behind such a name, except into the `blobs` folder of the
 * Hugging Face cache that the folder itself belongs to. Throws CheckpointFormatError.
 */
export function openWeights(directory: string): WeightIndex {
  const single = join(directory, singleFile)
  if (existsSync(single)) return indexOfFile(directory, single)
  const index = join(directory, indexFile)
  if (existsSync(index)) return openShards(directory, index)
  const pickled = ['pytorch_model.bin', 'pytorch_model.bin.index.json'].find((name) => existsSync(join(directory, name)))
  if (pickled) {
    throw new CheckpointFormatError(
      { path: join(directory, pickled) },
      `expected weights as ${singleFile}, found PyTorch pickles, which cannot be used in place; ` +
        'get the safetensors revision of this model or convert it with transformers (save_pretrained)',
    )
  }
  throw new CheckpointFormatError({ path: directory }, `expected ${singleFile} or ${indexFile}, found neither`)
}

/** The index of one safetensors file. */
function indexOfFile(directory: string, path: string): WeightIndex {
  const header = readSafetensorsHeader(path)
  return { directory, tensors: locations(header), files: [{ path: header.path, sizeBytes: header.sizeBytes }] }
}

function openShards(directory: string, indexPath: string): WeightIndex {
  const weightMap = Object.entries(readJsonFile(indexPath, indexSchema).weight_map)
  const shardNames = [...new Set(weightMap.map(([, shard]) => shard))]
  if (shardNames.length > maxShards) {
    const problem = `expected at most ${maxShards} shards, found ${shardNames.length}`
    throw new CheckpointFormatError({ path: indexPath, field: 'weight_map' }, problem)
  }
  const headers = new Map(shardNames.map((shard) => [shard, readSafetensorsHeader(resolveShard(directory, indexPath, shard))]))
  const tensors = new Map<string, TensorLocation>()
  for (const [name, shard] of weightMap) {
    const header = headers.get(shard)
    const entry = header?.entries.get(name)
    if (!header || !entry) {
      const problem = `expected by ${indexFile} in ${quote(shard)}, found no such tensor`
      throw new CheckpointFormatError({ path: header?.path ?? indexPath, tensorName: name }, problem)
    }
    tensors.set(name, { ...entry, name, file: header.path })
  }
  return { directory, tensors, files: [...headers.values()].map(({ path, sizeBytes }) => ({ path, sizeBytes })) }
}

function locations(header: SafetensorsHeader): Map<string, TensorLocation> {
  return new Map([...header.entries].map(([name, entry]) => [name, { ...entry, name, file: header.path }]))
}

/** Path of a shard, after both its name and what is really there were checked. */
function resolveShard(directory: string, indexPath: string, shard: string): string {
  const place = { path: indexPath, field: 'weight_map' }
  const parts = shard.split(/[\\/]/)
  const isPlain = !isAbsolute(shard) && !/^[a-zA-Z]:/.test(shard) && !shard.includes('\0') && !parts.includes('..') && !parts.includes('')
  if (!isPlain) throw new CheckpointFormatError(place, `expected a shard inside the folder, found ${quote(shard)}`)
  const path = join(directory, ...parts)
  if (!existsSync(path)) throw new CheckpointFormatError({ path }, `expected a shard named by ${indexFile}, found no file`)
  const folder = realpathSync(directory)
  const target = realpathSync(path)
  const blobs = huggingFaceBlobs(folder)
  if (!isInside(folder, target) && !(blobs && isInside(blobs, target))) {
    throw new CheckpointFormatError(place, `expected a shard inside the folder, found ${quote(shard)}, a link to ${quote(target)}`)
  }
  return target
}

/**
 * The cache keeps `models--org--name/snapshots/<revision>/file` as links to `models--org--name/blobs/<hash>`
 * (huggingface_hub, "Understand caching"). Returns that blobs folder, whatever depth below the revision `folder` has.
 */
function huggingFaceBlobs(folder: string): string | undefined {
  let revision = folder
  while (basename(dirname(revision)) !== 'snapshots') {
    const parent = dirname(revision)
    if (parent === revision) return undefined
    revision = parent
  }
  const blobs = join(dirname(dirname(revision)), 'blobs')
  return existsSync(blobs) ? realpathSync(blobs) : undefined
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
