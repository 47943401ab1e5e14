/**
 * @file The side file of one base and precision: a safetensors file with the numbers and scales of every matrix. Modules of a layer that
 * read the same input lie together, first all of their numbers and then all of their scales, so that a graph can read them as one
 * matrix. It does not know which model asked for it, nor what becomes of it.
 */
import { existsSync, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { writeFileAtomicallyInTurns } from '../checkpoint/atomic-file.ts'
import { CheckpointFormatError, readSafetensorsHeader, readTensor, type TensorLocation } from '../checkpoint/index.ts'
import { safetensorsHeader } from '../checkpoint/safetensors-writer.ts'
import { modulesOfOneInput } from '../decoder/decoder-stack.ts'
import { quantizedNames } from '../decoder/graph-weights.ts'
import { dtypeSizeBytes, elementCount, type DType } from '../tensor/dtype.ts'
import { blockFormats, blockShapes, quantizeRows, type QuantizedPrecision, type QuantizedRows } from './block-quantization.ts'

/** Changes whenever a file written before must not be read any more. */
const FORMAT_VERSION = '2'

const sourcesSchema = z.array(z.object({ file: z.string(), sizeBytes: z.number(), modifiedMs: z.number() }))

/** Weights read at a time, 16 MB of them as float32; an embedding table as a whole may be larger than memory. */
const WEIGHTS_AT_ONCE = 2 ** 22

/** A base's matrices [out, in] in the order of the file, by the names that graphs know them by. */
export type Matrices = ReadonlyMap<string, TensorLocation>

type Entries = ReadonlyMap<string, { readonly dtype: DType; readonly shape: readonly number[] }>

/** The tensors of a side file by name, or null where it is missing, damaged, of an older format, or made of other source files. */
export function readQuantizedFile(path: string, matrices: Matrices, precision: QuantizedPrecision): ReadonlyMap<string, TensorLocation> | null {
  try {
    const header = readSafetensorsHeader(path)
    const isCurrent = sameJson(header.metadata, describe(matrices, precision)) && hasEntries(header.entries, entriesOf(matrices, precision))
    return isCurrent ? new Map([...header.entries].map(([name, entry]) => [name, { ...entry, name, file: header.path }])) : null
  } catch (error) {
    // Whatever is wrong with it, it can be made again.
    if (error instanceof CheckpointFormatError) return null
    throw error
  }
}

/** Whether the files that a side file was made of are as they were; false for one that is damaged or of an older format. */
export function isOfPresentSources(path: string): boolean {
  try {
    const { version, sources } = readSafetensorsHeader(path).metadata
    return version === FORMAT_VERSION && sourcesSchema.parse(JSON.parse(sources ?? '')).every((source) => existsSync(source.file) && sameJson(stateOf(source.file), source))
  } catch (error) {
    if (error instanceof CheckpointFormatError || error instanceof SyntaxError || error instanceof z.ZodError) return false
    throw error
  }
}

/** Bytes of the numbers and scales in a side file; its header is small beside them. */
export function quantizedFileBytes(matrices: Matrices, precision: QuantizedPrecision): number {
  return [...entriesOf(matrices, precision).values()].reduce((sum, { dtype, shape }) => sum + elementCount(shape) * dtypeSizeBytes[dtype], 0)
}

export interface WriteOptions {
  /** Hears the share that is done. */
  readonly onProgress?: (fraction: number) => void
}

/** Quantises all matrices, a part of one at a time. Throws CheckpointFormatError naming this file, or the source with its tensor. */
export async function writeQuantizedFile(path: string, matrices: Matrices, precision: QuantizedPrecision, options: WriteOptions = {}): Promise<void> {
  try {
    await writeFileAtomicallyInTurns(path, quantizedChunks(matrices, precision, options))
  } catch (error) {
    if (error instanceof CheckpointFormatError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CheckpointFormatError({ path }, `quantised weights cannot be written: ${reason}`, { cause: error })
  }
}

async function* quantizedChunks(matrices: Matrices, precision: QuantizedPrecision, { onProgress }: WriteOptions): AsyncGenerator<Uint8Array> {
  yield safetensorsHeader(entriesOf(matrices, precision), describe(matrices, precision))
  const total = [...matrices.values()].reduce((sum, { shape }) => sum + sizeOf(shape)[0], 0)
  let done = 0
  for (const group of groupsOf(matrices)) {
    const scales: Float32Array[] = []
    for (const name of group) {
      for (const { rows, quantized } of quantizeParts(matrices.get(name)!, precision)) {
        yield quantized.values
        scales.push(quantized.scales)
        done += rows
        onProgress?.(done / total)
        // The engine hears its messages in between.
        await setImmediate()
      }
    }
    for (const { buffer, byteOffset, byteLength } of scales) yield new Uint8Array(buffer, byteOffset, byteLength)
  }
}

function* quantizeParts(matrix: TensorLocation, precision: QuantizedPrecision): Generator<{ rows: number; quantized: QuantizedRows }> {
  const [outSize, inSize] = sizeOf(matrix.shape)
  const rowsAtOnce = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / inSize))
  for (let row = 0; row < outSize; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, outSize - row)
    const quantized = quantizeRows(readRows(matrix, row, rows), inSize, blockFormats[precision])
    if (quantized === null) {
      throw new CheckpointFormatError({ path: matrix.file, tensorName: matrix.name }, 'holds NaN or infinite values, which cannot be quantised')
    }
    yield { rows, quantized }
  }
}

/** Names that lie together, in the order of the file. */
function groupsOf(matrices: Matrices): string[][] {
  const groups: string[][] = []
  const names = [...matrices.keys()]
  for (let index = 0; index < names.length; ) {
    const together = Object.values(modulesOfOneInput).find((modules) => modules.every((module, place) => names[index + place]?.endsWith(`.${module}.weight`)))
    const count = together?.length ?? 1
    groups.push(names.slice(index, index + count))
    index += count
  }
  return groups
}

/** Rows `first` to `first + count` as float32, [count, in]. */
function readRows(matrix: TensorLocation, first: number, count: number): Float32Array {
  const [, inSize] = sizeOf(matrix.shape)
  const rowBytes = inSize * dtypeSizeBytes[matrix.dtype]
  return readTensor({ ...matrix, shape: [count, inSize], byteOffset: matrix.byteOffset + first * rowBytes, byteLength: count * rowBytes }).data
}

function entriesOf(matrices: Matrices, precision: QuantizedPrecision): Entries {
  const format = blockFormats[precision]
  const entries = new Map<string, { dtype: DType; shape: readonly number[] }>()
  for (const group of groupsOf(matrices)) {
    const parts = group.map((name) => ({ names: quantizedNames(name, format.bits), shapes: blockShapes(sizeOf(matrices.get(name)!.shape), format) }))
    for (const { names, shapes } of parts) entries.set(names.values, { dtype: 'U8', shape: shapes.values })
    for (const { names, shapes } of parts) entries.set(names.scales, { dtype: 'F32', shape: shapes.scales })
  }
  return entries
}

/** What the file was made of, as metadata: one that says anything else is outdated. */
function describe(matrices: Matrices, precision: QuantizedPrecision): Record<string, string> {
  const { bits, blockLength } = blockFormats[precision]
  const files = [...new Set([...matrices.values()].map(({ file }) => file))]
  return {
    format: 'memgen-quantized',
    version: FORMAT_VERSION,
    bits: `${bits}`,
    block_length: `${blockLength}`,
    sources: JSON.stringify(files.map(stateOf)),
  }
}

function stateOf(file: string): z.infer<typeof sourcesSchema>[number] {
  const { size, mtimeMs } = statSync(file)
  return { file, sizeBytes: size, modifiedMs: mtimeMs }
}

function hasEntries(found: Entries, expected: Entries): boolean {
  const inOrder = (entries: Entries): unknown => [...entries].map(([name, { dtype, shape }]) => [name, dtype, shape]).sort()
  return sameJson(inOrder(found), inOrder(expected))
}

function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

function sizeOf(shape: readonly number[]): [number, number] {
  const [outSize, inSize] = shape
  if (outSize === undefined || inSize === undefined || shape.length !== 2) throw new Error(`internal: a matrix of shape [${shape.join(', ')}]`)
  return [outSize, inSize]
}
