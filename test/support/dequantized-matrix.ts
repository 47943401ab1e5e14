/** @file A quantised matrix as plain numbers, computed in the most obvious way. It compares nothing. */
import { readFileSync } from 'node:fs'
import { quantizedNames, type WeightLocations } from '../../src/main/engine/decoder/graph-weights.ts'

/** Numbers of the blocks [blocks][blockLength] times their scales; `values` and `scales` as in quantization/block-quantization.ts. */
export function dequantizeBlocks(values: Uint8Array, scales: Float32Array, { bits, blockLength }: { bits: 8 | 4; blockLength: number }): number[][] {
  const numbers = bits === 8 ? [...values] : [...values].flatMap((byte) => [byte % 16, Math.floor(byte / 16)])
  return [...scales].map((scale, block) => numbers.slice(block * blockLength, (block + 1) * blockLength).map((number) => scale * (number - 2 ** (bits - 1))))
}

/** Rows [out][in] of the matrix in its side file. */
export function dequantizedMatrix(locations: WeightLocations, name: string, bits: 8 | 4): number[][] {
  const names = quantizedNames(name, bits)
  const [values, scales] = [locations.get(names.values), locations.get(names.scales)]
  const [outSize = 0, inSize = 0] = locations.get(name)?.shape ?? []
  if (values === undefined || scales === undefined) throw new Error(`${name} is not quantised to ${bits} bits`)
  const bytes = readFileSync(values.file)
  const scaleBytes = bytes.subarray(scales.byteOffset, scales.byteOffset + scales.byteLength)
  const [, blocks = 0, blockBytes = 0] = values.shape
  const all = dequantizeBlocks(
    bytes.subarray(values.byteOffset, values.byteOffset + values.byteLength),
    Float32Array.from({ length: scales.byteLength / 4 }, (_, index) => scaleBytes.readFloatLE(4 * index)),
    { bits, blockLength: (blockBytes * 8) / bits },
  )
  return Array.from({ length: outSize }, (_, row) => all.slice(row * blocks, (row + 1) * blocks).flat().slice(0, inSize))
}
