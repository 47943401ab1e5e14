/** @file Passes over weight files too large to hold: NaN counts, row norms, byte comparison, SHA-256. Stoppable between chunks. Judges nothing. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { dtypeSizeBytes, isFloatDType } from '../tensor/dtype.ts'
import { withFile } from './byte-source.ts'
import { widen, type TensorLocation } from './safetensors.ts'
import { countNonFinite, rowNorms } from './tensor-statistics.ts'
import type { WeightIndex } from './weight-index.ts'

export interface ScanProgress {
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** Called with the bytes of every chunk read. */
  readonly onBytes?: (sizeBytes: number) => void
}

/** Large enough to read fast, small enough to stop within a few milliseconds. */
const chunkBytes = 8 * 1024 * 1024

/** A tensor that holds `count` NaN or infinite values, and the file it was read from. */
export interface NonFiniteTensor {
  readonly name: string
  readonly file: string
  readonly count: number
}

/** The tensors among `names` that hold NaN or infinite values. */
export async function findNonFinite(weights: Pick<WeightIndex, 'tensors'>, names: Iterable<string>, options: ScanOptions = {}): Promise<NonFiniteTensor[]> {
  const found: NonFiniteTensor[] = []
  for (const name of names) {
    const location = weights.tensors.get(name)
    if (!location) continue
    let count = 0
    for await (const values of floatChunks(location, 1, options)) count += countNonFinite(values)
    if (count > 0) found.push({ name, file: location.file, count })
  }
  return found
}

/** L2 norm of every row of a `[rows, width]` tensor. */
export async function readRowNorms(location: TensorLocation, options: ScanOptions = {}): Promise<number[]> {
  const width = location.shape.at(-1) ?? 1
  const norms: number[] = []
  for await (const values of floatChunks(location, width, options)) {
    for (const norm of rowNorms(values, width)) norms.push(norm)
  }
  return norms
}

/** The first of `names` whose dtype, shape or bytes differ between two indexes, or undefined; a tensor missing on one side differs. */
export async function findDifference(
  left: WeightIndex,
  right: WeightIndex,
  names: Iterable<string>,
  options: ScanOptions = {},
): Promise<string | undefined> {
  for (const name of names) {
    const one = left.tensors.get(name)
    const other = right.tensors.get(name)
    if (!one || !other || one.dtype !== other.dtype || String(one.shape) !== String(other.shape)) return name
    if (one.file === other.file && one.byteOffset === other.byteOffset) continue
    for (let at = 0; at < one.byteLength; at += chunkBytes) {
      await pause(options)
      const length = Math.min(chunkBytes, one.byteLength - at)
      if (Buffer.compare(readBytes(one, at, length), readBytes(other, at, length)) !== 0) return name
      options.onBytes?.(length)
    }
  }
  return undefined
}

/** SHA-256 of a file, lower-case hex. */
export async function hashFile(path: string, options: ScanOptions = {}): Promise<string> {
  const hash = createHash('sha256')
  const { sizeBytes } = withFile(path, (source) => ({ sizeBytes: source.sizeBytes }))
  for (let at = 0; at < sizeBytes; at += chunkBytes) {
    await pause(options)
    const length = Math.min(chunkBytes, sizeBytes - at)
    hash.update(withFile(path, (source) => source.read(at, length)))
    options.onBytes?.(length)
  }
  return hash.digest('hex')
}

/** Values of a float tensor in chunks of whole rows, each `[n * width]` float32 and valid until the next; nothing for other dtypes. */
async function* floatChunks(location: TensorLocation, width: number, options: ScanOptions): AsyncGenerator<Float32Array> {
  const { dtype } = location
  if (!isFloatDType(dtype) || location.byteLength === 0) return
  const rowBytes = width * dtypeSizeBytes[dtype]
  const step = Math.max(1, Math.floor(chunkBytes / rowBytes)) * rowBytes
  // One buffer for all: those of a large tensor would wait for the collector by the hundred megabytes.
  const buffer = new Uint8Array(Math.min(step, location.byteLength))
  for (let at = 0; at < location.byteLength; at += step) {
    await pause(options)
    const length = Math.min(step, location.byteLength - at)
    yield widen(readBytes(location, at, length, buffer), dtype)
    options.onBytes?.(length)
  }
}

function readBytes(location: TensorLocation, at: number, length: number, reused?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return withFile(location.file, (source) => source.read(location.byteOffset + at, length, reused))
}

/** Lets messages in, so that an abort can arrive. */
async function pause({ signal }: ScanOptions): Promise<void> {
  await setImmediate()
  signal?.throwIfAborted()
}
