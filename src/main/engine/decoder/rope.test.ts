/** @file Rotary frequencies and tables equal those of transformers for every kind of scaling. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ROPE_VECTORS } from '../../../../test/support/rope-vectors.ts'
import { isLengthDependent, ropeFrequencies, ropeTables, type RopeConfig } from './rope.ts'

/** torch's float32 pow and division may each differ from the rounded exact value in the last bit. */
const FREQUENCY_TOLERANCE = 4e-7

/** A frequency's last bits times a position of 77, in radians. */
const TABLE_TOLERANCE = 2e-5

describe.each(ROPE_VECTORS)('$name', ({ config, sequenceLength, attentionScaling, inverseFrequencies, cosAt77, sinAt77 }) => {
  const frequencies = ropeFrequencies(config, sequenceLength)

  test('has the frequencies and the attention scaling of transformers', () => {
    expect(frequencies.inverseFrequencies).toHaveLength(inverseFrequencies.length)
    inverseFrequencies.forEach((expected, index) => {
      expect(Math.abs(frequencies.inverseFrequencies[index]! / expected - 1)).toBeLessThan(FREQUENCY_TOLERANCE)
    })
    expect(frequencies.attentionScaling).toBeCloseTo(attentionScaling, 14)
  })

  test('has the tables of transformers', () => {
    const { cos, sin } = ropeTables(frequencies, [77])
    cosAt77.forEach((expected, index) => expect(Math.abs(cos[index]! - expected)).toBeLessThan(TABLE_TOLERANCE))
    sinAt77.forEach((expected, index) => expect(Math.abs(sin[index]! - expected)).toBeLessThan(TABLE_TOLERANCE))
  })
})

const plain: RopeConfig = { headDim: 8, ropeTheta: 10_000, maxPositionEmbeddings: 64, ropeScaling: { type: 'none' } }

test('position 0 is not rotated, whatever the scaling', () => {
  const { cos, sin } = ropeTables(ropeFrequencies(plain, 10), [0])
  expect([...cos, ...sin]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
})

test('a row of the table depends on its own position alone', () => {
  const frequencies = ropeFrequencies(plain, 10)
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100_000 }), { minLength: 1 }), (positions) => {
      const { cos, sin } = ropeTables(frequencies, positions)
      positions.forEach((position, row) => {
        const alone = ropeTables(frequencies, [position])
        expect(cos.subarray(row * 4, row * 4 + 4)).toEqual(alone.cos)
        expect(sin.subarray(row * 4, row * 4 + 4)).toEqual(alone.sin)
      })
    }),
  )
})

test('dynamic scaling begins beyond the original length', () => {
  const dynamic: RopeConfig = { ...plain, ropeScaling: { type: 'dynamic', factor: 2 } }
  expect(ropeFrequencies(dynamic, 64)).toEqual(ropeFrequencies(plain, 64))
  expect(ropeFrequencies(dynamic, 65).inverseFrequencies[1]).toBeLessThan(ropeFrequencies(plain, 65).inverseFrequencies[1]!)
})

test('yarn with a factor of 1 scales nothing', () => {
  const yarn: RopeConfig = { ...plain, ropeScaling: { type: 'yarn', factor: 1, betaFast: 32, betaSlow: 1, truncate: true } }
  expect(ropeFrequencies(yarn, 10).attentionScaling).toBe(1)
  ropeFrequencies(plain, 10).inverseFrequencies.forEach((expected, index) => {
    expect(Math.abs(ropeFrequencies(yarn, 10).inverseFrequencies[index]! / expected - 1)).toBeLessThan(FREQUENCY_TOLERANCE)
  })
})

test('only dynamic scaling beyond the trained length makes earlier keys stale', () => {
  const config: RopeConfig = { headDim: 16, ropeTheta: 10000, maxPositionEmbeddings: 40, ropeScaling: { type: 'dynamic', factor: 4 } }
  expect(isLengthDependent(config, 40)).toBe(false)
  expect(isLengthDependent(config, 41)).toBe(true)
  expect(ropeFrequencies(config, 40)).toEqual(ropeFrequencies(config, 3))
  expect(ropeFrequencies(config, 41)).not.toEqual(ropeFrequencies(config, 40))
  expect(isLengthDependent({ ...config, ropeScaling: { type: 'linear', factor: 4 } }, 100)).toBe(false)
})
