/** @file Rounding to blocks: what stands in them afterwards, for any numbers. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dequantizeBlocks } from '../../../../test/support/dequantized-matrix.ts'
import { blockFormats, quantizeRows, type QuantizedPrecision } from './block-quantization.ts'

/** Scales are float32, so a weight that is rounded with them may be off by that much more. */
const ROUNDING = 1 + 1e-6
/** Scales that are not normal numbers become 0, and with them blocks of nothing larger than this. */
const SMALLEST = 2 ** -118

const rows = fc
  .record({ inSize: fc.integer({ min: 1, max: 70 }), count: fc.integer({ min: 1, max: 3 }) })
  .chain(({ inSize, count }) => fc.float32Array({ minLength: inSize * count, maxLength: inSize * count, noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }).map((weights) => ({ inSize, weights })))

function roundTrip(weights: Float32Array, inSize: number, precision: QuantizedPrecision): { blocks: number[][]; scales: Float32Array } {
  const quantized = quantizeRows(weights, inSize, blockFormats[precision])
  if (quantized === null) throw new Error('finite weights were refused')
  return { blocks: dequantizeBlocks(quantized.values, quantized.scales, blockFormats[precision]), scales: quantized.scales }
}

test.each(['q8', 'q4'] as const)('%s: no weight is off by more than a scale, the largest of a block by nothing', (precision) => {
  fc.assert(
    fc.property(rows, ({ inSize, weights }) => {
      const { blockLength, bits } = blockFormats[precision]
      const { blocks, scales } = roundTrip(weights, inSize, precision)
      const perRow = Math.ceil(inSize / blockLength)
      for (const [index, block] of blocks.entries()) {
        const start = Math.floor(index / perRow) * inSize + (index % perRow) * blockLength
        const original = [...weights.subarray(start, Math.min(start + blockLength, (Math.floor(index / perRow) + 1) * inSize))]
        const largest = original.reduce((found, weight) => (Math.abs(weight) > Math.abs(found) ? weight : found), 0)
        const scale = Math.abs(scales[index] ?? NaN)
        for (const [place, weight] of original.entries()) {
          // Only what the range cannot hold, of the other sign and nearly as large, is off by more than half a scale.
          const isBeyond = weight * Math.sign(-largest) > scale * (2 ** (bits - 1) - 1)
          const allowed = (scale === 0 ? Math.abs(largest) : isBeyond ? scale : scale / 2) * ROUNDING + SMALLEST
          expect(Math.abs((block[place] ?? NaN) - weight)).toBeLessThanOrEqual(allowed)
        }
        expect(block.slice(original.length).every((weight) => weight === 0)).toBe(true)
        if (scale !== 0) expect(block[original.indexOf(largest)]).toBeCloseTo(largest, 4)
      }
    }),
    { numRuns: 200 },
  )
})

test('a block of zeros stays zero', () => {
  const { blocks } = roundTrip(new Float32Array(40), 40, 'q4')
  expect(blocks.flat().every((weight) => weight === 0)).toBe(true)
})

test.each([NaN, Infinity, -Infinity])('%s is refused, since rounding would hide it', (foreign) => {
  for (const precision of ['q8', 'q4'] as const) {
    expect(quantizeRows(new Float32Array(96).fill(0.5).with(70, foreign), 96, blockFormats[precision])).toBeNull()
  }
})

test('two numbers of 4 bits share a byte, the first in its low half', () => {
  const quantized = quantizeRows(Float32Array.of(-8, 7, 1, 0), 4, { bits: 4, blockLength: 4 })
  expect(quantized && [...quantized.values]).toEqual([0 + 15 * 16, 9 + 8 * 16])
  expect(quantized && [...quantized.scales]).toEqual([1])
})
