/**
 * @file Numbers in ggml's blocks of 32: `block_q8_0` and `block_q4_0` (ggml/src/ggml-common.h and ggml-quants.c of ggml-org/ggml). It knows
 * no file.
 */
import type { GgmlType } from './gguf-writer.ts'

const BLOCK = 32
const SCALE_BYTES = 2
const blockBytes = { Q8_0: SCALE_BYTES + BLOCK, Q4_0: SCALE_BYTES + BLOCK / 2 } as const

/** Bytes of `count` numbers, whole blocks. */
export function ggmlByteLength(type: GgmlType, count: number): number {
  return type === 'F32' ? 4 * count : (count / BLOCK) * blockBytes[type]
}

/** Numbers of a matrix whose rows are whole blocks, as the format holds them. */
export function toGgml(type: GgmlType, numbers: Float32Array): Uint8Array {
  switch (type) {
    case 'F32':
      return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    case 'Q8_0':
      return inBlocks(numbers, blockBytes.Q8_0, writeQ8)
    case 'Q4_0':
      return inBlocks(numbers, blockBytes.Q4_0, writeQ4)
    default:
      return type satisfies never
  }
}

/** @param write one block: its numbers begin at `from`, its bytes at `to` */
function inBlocks(numbers: Float32Array, bytesPerBlock: number, write: (numbers: Float32Array, from: number, bytes: DataView, to: number) => void): Uint8Array {
  const blocks = numbers.length / BLOCK
  if (!Number.isInteger(blocks)) throw new Error(`internal: ${numbers.length} numbers are not whole blocks of ${BLOCK}`)
  const bytes = new Uint8Array(blocks * bytesPerBlock)
  const view = new DataView(bytes.buffer)
  for (let block = 0; block < blocks; block++) write(numbers, block * BLOCK, view, block * bytesPerBlock)
  return bytes
}

/** The number of largest magnitude becomes +-127. */
function writeQ8(numbers: Float32Array, from: number, bytes: DataView, to: number): void {
  const scale = Math.abs(extreme(numbers, from)) / 127
  bytes.setUint16(to, halfBits(scale), true)
  const inverse = scale === 0 ? 0 : 1 / scale
  for (let index = 0; index < BLOCK; index++) bytes.setInt8(to + SCALE_BYTES + index, Math.round((numbers[from + index] ?? 0) * inverse))
}

/** The number of largest magnitude becomes -8; the first half of the block lies in the low halves of its bytes. */
function writeQ4(numbers: Float32Array, from: number, bytes: DataView, to: number): void {
  const scale = extreme(numbers, from) / -8
  bytes.setUint16(to, halfBits(scale), true)
  const inverse = scale === 0 ? 0 : 1 / scale
  const quantized = (index: number): number => Math.min(15, Math.floor((numbers[from + index] ?? 0) * inverse + 8.5))
  for (let index = 0; index < BLOCK / 2; index++) bytes.setUint8(to + SCALE_BYTES + index, quantized(index) | (quantized(index + BLOCK / 2) << 4))
}

/** The number of largest magnitude, with its sign. */
function extreme(numbers: Float32Array, from: number): number {
  let found = 0
  for (let index = from; index < from + BLOCK; index++) {
    const value = numbers[index] ?? 0
    if (Math.abs(value) > Math.abs(found)) found = value
  }
  return found
}

const oneFloat = new Float32Array(1)
const oneFloatBits = new Uint32Array(oneFloat.buffer)

/** A float16's bits, rounded to nearest; below the smallest normal one it is zero, which no scale of random weights is. */
function halfBits(value: number): number {
  oneFloat[0] = value
  const bits = oneFloatBits[0] ?? 0
  const sign = (bits >>> 16) & 0x8000
  const rounded = (bits & 0x7fffffff) + 0x1000
  const exponent = (rounded >>> 23) - 112
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((rounded >>> 13) & 0x3ff)
}
