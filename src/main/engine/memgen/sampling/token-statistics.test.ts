/** @file Logprob, entropy and top-k equal those of a plain softmax. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NonFiniteLogitsError } from './non-finite-logits-error.ts'
import { logitStatistics } from './token-statistics.ts'

/** The fast exponential's relative error and other orders of summation; logprobs are sums of numbers up to 200. */
const TOLERANCE = 1e-11

const anyLogits = fc
  .array(fc.oneof(fc.float({ min: -100, max: 100, noNaN: true }), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 200 })
  .map((values) => Float32Array.from(values))

test('logprob, entropy and top-k are those of the softmax', () => {
  fc.assert(
    fc.property(anyLogits, fc.nat(), fc.nat({ max: 30 }), (logits, pick, topK) => {
      const max = Math.max(...logits)
      const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0))
      const logprobs = Array.from(logits, (logit) => logit - max - logTotal)
      const entropy = -logprobs.reduce((sum, logprob) => sum + Math.exp(logprob) * logprob, 0)
      const tokenId = pick % logits.length

      const statistics = logitStatistics(logits, topK)
      expect(Math.abs(statistics.logprobOf(tokenId) - logprobs[tokenId]!)).toBeLessThan(TOLERANCE)
      expect(Math.abs(statistics.entropy - entropy)).toBeLessThan(TOLERANCE)
      const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b)
      expect(statistics.topK.map((entry) => entry.tokenId)).toEqual(order.slice(0, topK))
      expect(statistics.mostLikely).toBe(order[0])
      for (const entry of statistics.topK) expect(Math.abs(entry.logprob - logprobs[entry.tokenId]!)).toBeLessThan(TOLERANCE)
    }),
  )
})

test('a uniform distribution has the entropy log(vocab)', () => {
  const statistics = logitStatistics(new Float32Array(1000).fill(7), 2)
  expect(statistics.entropy).toBeCloseTo(Math.log(1000), 11)
  expect(statistics.topK.map((entry) => entry.tokenId)).toEqual([0, 1])
})

test('a certain token has logprob and entropy 0, and far tokens keep their logprob', () => {
  const statistics = logitStatistics(Float32Array.of(0, 1000), 1)
  expect(statistics.logprobOf(0)).toBe(-1000)
  expect(statistics).toMatchObject({ entropy: 0, topK: [{ tokenId: 1, logprob: 0 }] })
})

test.each([NaN, Infinity, -Infinity])('a logit of %s is refused', (value) => {
  expect(() => logitStatistics(Float32Array.of(1, value, 2), 2)).toThrow(NonFiniteLogitsError)
})

test('a token outside the vocabulary is a bug of the caller', () => {
  expect(() => logitStatistics(Float32Array.of(1), 1).logprobOf(1)).toThrow(/^internal: token 1 of 1/)
})
