/**
 * @file Reads safetensors headers and tensors from hostile files. Knows nothing of models, shards or folders.
 * Format: huggingface/safetensors, safetensors/src/tensor.rs and README.md.
 */
import { z } from 'zod'
import { bfloat16ToFloat32, float16ToFloat32 } from '../../../shared/half.ts'
import { dtypeSizeBytes, elementCount, isDType, isFloatDType, type DType } from '../tensor/dtype.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { decodeUtf8, withFile, type ByteSource } from './byte-source.ts'
import { CheckpointFormatError, quote, showShape } from './errors.ts'
import { acceptJson, parseJson } from './json-file.ts'

/** What a header may hold; each limit says why. */
export const safetensorsLimits = {
  /** The limit of the upstream reader; a longer length field is a damaged file. */
  headerBytes: 100_000_000,
  /** Beyond every published decoder (a 128-expert model of 94 layers has 37,000), far below what exhausts memory. */
  tensorCount: 1_000_000,
  /** PyTorch's own tensors stop at 64 dimensions; weights have one or two. */
  rank: 64,
  /** Parameter paths are some 100 characters long; longer ones only fill memory and messages. */
  nameLength: 4096,
} as const

/** One tensor of a file: `byteOffset` counts from the start of the file, not of its data section. */
export interface TensorEntry {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly byteOffset: number
  readonly byteLength: number
}

/** A tensor and the file (realpath) that holds it: what is needed to read it or to point ONNX Runtime at it. */
export interface TensorLocation extends TensorEntry {
  readonly name: string
  readonly file: string
}

export interface SafetensorsHeader {
  /** Realpath. */
  readonly path: string
  readonly sizeBytes: number
  readonly entries: ReadonlyMap<string, TensorEntry>
  readonly metadata: Readonly<Record<string, string>>
}

const headerSchema = z.record(z.string(), z.unknown())
const metadataSchema = z.record(z.string(), z.string())
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(safetensorsLimits.rank),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})

/** Reads and checks the header of `path`. Throws CheckpointFormatError naming the file and the tensor. */
export function readSafetensorsHeader(path: string): SafetensorsHeader {
  return withFile(path, parseSafetensorsHeader)
}

/** See {@link readSafetensorsHeader}; from bytes that are already open. */
export function parseSafetensorsHeader(source: ByteSource): SafetensorsHeader {
  const { path, sizeBytes } = source
  const headerLength = readHeaderLength(source)
  const dataStart = 8 + headerLength
  const text = decodeUtf8(path, source.read(8, headerLength))
  if (!text.startsWith('{')) {
    throw new CheckpointFormatError({ path }, `expected a header starting with "{", found ${quote(text.slice(0, 16))}`)
  }
  const { __metadata__: metadata, ...tensors } = acceptJson(path, parseJson(path, text), headerSchema)
  const named = Object.entries(tensors)
  if (named.length > safetensorsLimits.tensorCount) {
    throw new CheckpointFormatError({ path }, `expected at most ${safetensorsLimits.tensorCount} tensors, found ${named.length}`)
  }
  const entries = new Map(named.map(([name, value]) => [name, parseEntry(path, name, value, dataStart)]))
  checkLayout(path, entries, dataStart, sizeBytes)
  return { path, sizeBytes, entries, metadata: metadata === undefined ? {} : acceptJson(path, metadata, metadataSchema) }
}

/** Reads one F32, F16 or BF16 tensor and widens it to float32; shape as stored. */
export function readTensor(location: TensorLocation): HostTensor {
  const place = { path: location.file, tensorName: location.name }
  const { dtype } = location
  if (!isFloatDType(dtype)) throw new CheckpointFormatError(place, `expected dtype F32, F16 or BF16, found ${dtype}`)
  const bytes = withFile(location.file, (source) => source.read(location.byteOffset, location.byteLength))
  return hostTensor(location.shape, widen(bytes, dtype))
}

/** Bytes of a float dtype as float32. Assumes a little-endian machine, like every platform Node and ONNX Runtime ship for. */
export function widen(bytes: Uint8Array<ArrayBuffer>, dtype: 'F32' | 'F16' | 'BF16'): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    case 'F16':
      return float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2))
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2))
    default:
      return dtype satisfies never
  }
}

function readHeaderLength({ path, sizeBytes, read }: ByteSource): number {
  if (sizeBytes < 8) throw new CheckpointFormatError({ path }, `expected a safetensors file of at least 8 bytes, found ${sizeBytes}`)
  const length = new DataView(read(0, 8).buffer).getBigUint64(0, true)
  if (length > BigInt(safetensorsLimits.headerBytes)) {
    const problem = `expected a header of at most ${safetensorsLimits.headerBytes} bytes, found a length of ${length}`
    throw new CheckpointFormatError({ path }, problem)
  }
  if (8n + length > BigInt(sizeBytes)) {
    throw new CheckpointFormatError({ path }, `expected a header of ${length} bytes, found a file of ${sizeBytes} bytes`)
  }
  return Number(length)
}

function parseEntry(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const place = { path, tensorName: name }
  if (name.length > safetensorsLimits.nameLength) {
    throw new CheckpointFormatError(place, `expected a name of at most ${safetensorsLimits.nameLength} characters, found ${name.length}`)
  }
  const result = entrySchema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    const field = issue?.path.map(String).join('.') ?? ''
    throw new CheckpointFormatError({ ...place, field }, issue?.message ?? 'does not fit', { cause: result.error })
  }
  const { dtype, shape, data_offsets: [begin, end] } = result.data
  if (!isDType(dtype)) {
    const problem = `expected one of ${Object.keys(dtypeSizeBytes).join(', ')}, found ${quote(dtype)}`
    throw new CheckpointFormatError({ ...place, field: 'dtype' }, problem)
  }
  const byteLength = elementCount(shape) * dtypeSizeBytes[dtype]
  if (!Number.isSafeInteger(byteLength)) {
    throw new CheckpointFormatError({ ...place, field: 'shape' }, `expected a size below 2^53 bytes, found shape ${showShape(shape)}`)
  }
  if (end - begin !== byteLength) {
    const problem = `expected ${byteLength} bytes for ${dtype} ${showShape(shape)}, found offsets ${begin} to ${end}`
    throw new CheckpointFormatError({ ...place, field: 'data_offsets' }, problem)
  }
  return { dtype, shape, byteOffset: dataStart + begin, byteLength }
}

/**
 * Tensors must tile the data section: nothing beyond the end, no overlap (two names for one weight), no hole (hidden bytes).
 * Holes come last: a tensor that was moved leaves one, and the neighbour it is found at is not to blame.
 */
function checkLayout(path: string, entries: ReadonlyMap<string, TensorEntry>, dataStart: number, sizeBytes: number): void {
  const ordered = [...entries].sort(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength)
  let previous = { name: '', end: dataStart }
  let hole: CheckpointFormatError | undefined
  for (const [tensorName, { byteOffset, byteLength }] of ordered) {
    const place = { path, tensorName }
    const end = byteOffset + byteLength
    if (end > sizeBytes) throw new CheckpointFormatError(place, `expected its bytes to end at ${end}, found the end of the file at ${sizeBytes}`)
    if (byteOffset < previous.end) {
      const problem = `expected bytes of its own, found an overlap with tensor ${quote(previous.name)}: it starts at ${byteOffset}, that ends at ${previous.end}`
      throw new CheckpointFormatError(place, problem)
    }
    if (byteOffset > previous.end) {
      hole ??= new CheckpointFormatError(place, `expected its bytes to start at ${previous.end}, found a hole before it: ${byteOffset}`)
    }
    previous = { name: tensorName, end }
  }
  if (hole) throw hole
  if (previous.end !== sizeBytes) {
    throw new CheckpointFormatError({ path }, `expected the file to end at byte ${previous.end}, found ${sizeBytes - previous.end} bytes more`)
  }
}
