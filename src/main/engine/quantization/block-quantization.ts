/**
 * @file Rounds rows of weights to blocks of small integers with a scale each, in the layout of ONNX Runtime's MatMulNBits and
 * GatherBlockQuantized. It knows no file and no model.
 *
 * With h = 2^(bits - 1), and m the number of a block that is largest in magnitude, sign included:
 *   scale = -m / h        number = min(2 h - 1, floor(x / scale + h + 1/2))        weight = scale * (number - h)
 * so m itself is met exactly, a number of the other sign and nearly its size is off by at most one scale, and all others by half of
 * one. Zero points of their own would make the error of 4 bits 5 % smaller and the file 3 % larger (docs/decisions/0012-quantised-weights.md).
 */
import type { Precision } from '../../../shared/domain/model.ts'

export type QuantizedPrecision = Exclude<Precision, 'f32'>

export interface BlockFormat {
  readonly bits: 8 | 4
  /** Weights that share a scale; they lie along a row. */
  readonly blockLength: number
}

export const blockFormats: Readonly<Record<QuantizedPrecision, BlockFormat>> = {
  q8: { bits: 8, blockLength: 32 },
  q4: { bits: 4, blockLength: 32 },
}

/** Shapes of a quantised [out, in] matrix: numbers [out, blocks, bytes of a block] uint8, scales [out, blocks] float32. */
export function blockShapes([outSize, inSize]: readonly [number, number], { bits, blockLength }: BlockFormat): { values: [number, number, number]; scales: [number, number] } {
  const blocks = Math.ceil(inSize / blockLength)
  return { values: [outSize, blocks, (blockLength * bits) / 8], scales: [outSize, blocks] }
}

export interface QuantizedRows {
  readonly values: Uint8Array
  readonly scales: Float32Array
}

/** Quantises whole rows [rows, in]. Returns null where a weight is NaN or infinite: rounding would hide it. */
export function quantizeRows(weights: Float32Array, inSize: number, format: BlockFormat): QuantizedRows | null {
  const { bits, blockLength } = format
  const shapes = blockShapes([weights.length / inSize, inSize], format)
  const [rows, blocks] = shapes.scales
  const scales = new Float32Array(rows * blocks)
  const half = 2 ** (bits - 1)
  // One byte a number, the end of a row's last block filled with what stands for 0.
  const numbers = new Uint8Array(rows * blocks * blockLength).fill(half)
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const start = row * inSize + block * blockLength
      const end = Math.min(start + blockLength, (row + 1) * inSize)
      const scale = blockScale(weights, start, end, half)
      if (!Number.isFinite(scale)) return null
      const index = row * blocks + block
      scales[index] = scale
      if (scale !== 0) roundBlock(weights, start, end, scale, half, numbers, index * blockLength)
    }
  }
  return { values: bits === 8 ? numbers : packHalfBytes(numbers), scales }
}

/** Scales below float32's smallest normal number have too few digits to divide by. */
const SMALLEST_SCALE = 2 ** -126

/** As float32, since that is how it is stored; 0 for a block of nothing but (almost) zeros, NaN where a weight is not finite. */
function blockScale(weights: Float32Array, start: number, end: number, half: number): number {
  let largest = 0
  let magnitude = 0
  // 0 as long as all are finite, else NaN.
  let finite = 0
  for (let index = start; index < end; index++) {
    const weight = weights[index]!
    finite += weight * 0
    const size = Math.abs(weight)
    if (size > magnitude) {
      magnitude = size
      largest = weight
    }
  }
  const scale = Math.fround(-largest / half)
  return (Math.abs(scale) < SMALLEST_SCALE ? 0 : scale) + finite
}

function roundBlock(weights: Float32Array, start: number, end: number, scale: number, half: number, numbers: Uint8Array, offset: number): void {
  const inverse = 1 / scale
  const top = 2 * half - 1
  for (let index = start; index < end; index++) {
    // Never negative, so that cutting the fraction off is rounding down.
    const number = (weights[index]! * inverse + half + 0.5) | 0
    numbers[offset + index - start] = number > top ? top : number
  }
}

/** Pairs of 4-bit numbers, the first in the low half of its byte. */
function packHalfBytes(numbers: Uint8Array): Uint8Array {
  const packed = new Uint8Array(numbers.length / 2)
  for (let index = 0; index < packed.length; index++) packed[index] = numbers[2 * index]! | (numbers[2 * index + 1]! << 4)
  return packed
}
