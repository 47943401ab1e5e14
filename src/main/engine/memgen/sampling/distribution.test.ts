/** @file Sums over distributions as their definitions have them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divergence, logSumExp } from './distribution.ts'

const logit = fc.float({ min: -30, max: 30, noNaN: true })
const pair = fc.integer({ min: 1, max: 20 }).chain((length) => {
  const logits = fc.array(logit, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values))
  return fc.tuple(logits, logits)
})

function probabilities(logits: Float32Array): number[] {
  const total = logSumExp(logits)
  return [...logits].map((value) => Math.exp(value - total))
}

test('probabilities sum to one, however large the logits', () => {
  fc.assert(fc.property(pair, fc.constantFrom(0, 1e4, -1e4), ([logits], shift) => {
    const sum = probabilities(logits.map((value) => value + shift)).reduce((total, share) => total + share, 0)
    expect(sum).toBeCloseTo(1, 10)
  }))
})

test('the divergence is that of the definition, never negative, and nothing of a distribution from itself', () => {
  fc.assert(fc.property(pair, ([logits, reference]) => {
    const q = probabilities(reference)
    const expected = probabilities(logits).reduce((sum, share, id) => sum + (share === 0 ? 0 : share * Math.log(share / (q[id] ?? NaN))), 0)
    expect(divergence(logits, reference)).toBeCloseTo(Math.max(0, expected), 9)
    expect(divergence(logits, logits)).toBe(0)
  }))
})
