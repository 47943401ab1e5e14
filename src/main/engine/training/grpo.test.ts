/** @file Weights, clipping and divergence by hand; the reference's own numbers are in test/golden. */
import { describe, expect, test } from 'vitest'
import { grpoLoss, tokenWeights, type ClipOptions, type GrpoTerms } from './grpo.ts'

/** Two rows of two columns, three tokens in the mask. */
const grid = { rows: 2, columns: 2 }
const mask = Uint8Array.of(1, 1, 0, 1)
const byBatch = { lossType: 'bnpo', maxCompletionLength: 5 } as const

/** One token whose ratio to the old policy is `ratio`. */
function oneToken(ratio: number, advantage: number, refLogp = 0): GrpoTerms {
  return {
    rows: 1,
    columns: 1,
    logps: Float32Array.of(Math.log(ratio)),
    oldLogps: Float32Array.of(0),
    refLogps: Float32Array.of(refLogp),
    mask: Uint8Array.of(1),
    advantages: Float32Array.of(advantage),
  }
}

function lossOf(ratio: number, advantage: number, options: ClipOptions = {}): number {
  return grpoLoss(oneToken(ratio, advantage), { ...byBatch, ...options }).loss
}

describe('the weight of a token', () => {
  test.each([
    ['grpo', [1 / 4, 1 / 4, 0, 1 / 2]],
    ['bnpo', [1 / 3, 1 / 3, 0, 1 / 3]],
    ['dr_grpo', [1 / 10, 1 / 10, 0, 1 / 10]],
  ] as const)('by %s', (lossType, expected) => {
    expect(tokenWeights(mask, grid, { lossType, maxCompletionLength: 5 })).toEqual(Float32Array.from(expected))
  })

  test('a row with nothing in the mask counts among the rows of grpo', () => {
    const weights = tokenWeights(Uint8Array.of(1, 1, 0, 0), grid, { lossType: 'grpo', maxCompletionLength: 5 })
    expect([...weights]).toEqual([0.25, 0.25, 0, 0])
  })
})

describe('clipping', () => {
  test('limits what a good token may gain and a bad one may lose', () => {
    expect(lossOf(1.1, 1)).toBeCloseTo(-1.1, 6)
    expect(lossOf(1.5, 1)).toBeCloseTo(-1.2, 6)
    expect(lossOf(0.5, -1)).toBeCloseTo(0.8, 6)
    expect(lossOf(1.5, -1)).toBeCloseTo(1.5, 6)
  })

  test('has a lower and an upper limit of its own', () => {
    expect(lossOf(1.5, 1, { epsilonLow: 0.1, epsilonHigh: 0.3 })).toBeCloseTo(-1.3, 6)
    expect(lossOf(0.5, -1, { epsilonLow: 0.1, epsilonHigh: 0.3 })).toBeCloseTo(0.9, 6)
  })

  test('with delta limits the ratio of a bad token too', () => {
    expect(lossOf(5, -1, { delta: 2 })).toBeCloseTo(2, 6)
    expect(lossOf(1.5, 1, { delta: 2 })).toBeCloseTo(-1.2, 6)
  })

  test('is counted only where it takes the gradient away', () => {
    expect(grpoLoss(oneToken(1.5, 1), byBatch)).toMatchObject({ clipRatioHigh: 1, clipRatioLow: 0, clipRatioRegion: 1 })
    expect(grpoLoss(oneToken(1.5, -1), byBatch)).toMatchObject({ clipRatioHigh: 0, clipRatioLow: 0, clipRatioRegion: 0 })
    expect(grpoLoss(oneToken(0.5, -1), byBatch)).toMatchObject({ clipRatioHigh: 0, clipRatioLow: 1, clipRatioRegion: 1 })
  })
})

test('the divergence counts with beta, and without it no reference is needed', () => {
  const { loss, kl } = grpoLoss(oneToken(1, 0, Math.log(2)), { ...byBatch, beta: 0.5 })
  expect(kl).toBeCloseTo(1 - Math.log(2), 6)
  expect(loss).toBeCloseTo(0.5 * (1 - Math.log(2)), 6)
  const { refLogps: _, ...without } = oneToken(1, 1)
  expect(grpoLoss(without, byBatch).kl).toBeNull()
  expect(() => grpoLoss(without, { ...byBatch, beta: 0.5 })).toThrow('no log-probabilities of a reference policy')
})

test('what lies outside the mask is not looked at', () => {
  const logps = Float32Array.of(0, 0, NaN, 0)
  const { loss } = grpoLoss({ ...grid, logps, mask, advantages: Float32Array.of(3, -3) }, byBatch)
  expect(loss).toBeCloseTo(-1, 6)
})
