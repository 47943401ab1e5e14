/** @file Logprob, entropy and top-k equal those of a plain softmax. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogitBlocks } from '../../decoder/logit-blocks.ts'
import { NonFiniteLogitsError } from './non-finite-logits-error.ts'
import { logitStatistics } from './token-statistics.ts'

/** The graph folds in float32: a relative error of 1e-7 in each sum, of gaps up to 200. */
const TOLERANCE = 1e-6

const anyLogit = fc.oneof(fc.float({ min: -100, max: 100, noNaN: true }), fc.constantFrom(0, 1))

/** Logits and the number of blocks of equal length that they make. */
const anyLogits = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12 })).chain(([blockCount, blockLength]) => {
  const size = blockCount * blockLength
  return fc.record({ blockCount: fc.constant(blockCount), logits: fc.array(anyLogit, { minLength: size, maxLength: size }).map((values) => Float32Array.from(values)) })
})

/** What the graph folds of the logits, by definition; `decoder/logit-blocks.test.ts` compares the graph with it. */
function fold(logits: Float32Array, blockCount: number): LogitBlocks {
  const length = logits.length / blockCount
  const blocks = Array.from({ length: blockCount }, (_, block) => [...logits.subarray(block * length, (block + 1) * length)])
  const max = blocks.map((block) => Math.max(...block))
  const sums = (term: (gap: number) => number): number[] =>
    blocks.map((block, index) => block.reduce((sum, logit) => sum + term(logit - (max[index] ?? NaN)), 0))
  return { max: Float32Array.from(max), weight: Float32Array.from(sums(Math.exp)), weightedGap: Float32Array.from(sums((gap) => Math.exp(gap) * gap)) }
}

test('logprob, entropy and top-k are those of the softmax', () => {
  fc.assert(
    fc.property(anyLogits, fc.nat(), fc.nat({ max: 30 }), ({ logits, blockCount }, pick, topK) => {
      const max = Math.max(...logits)
      const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0))
      const logprobs = Array.from(logits, (logit) => logit - max - logTotal)
      const entropy = -logprobs.reduce((sum, logprob) => sum + Math.exp(logprob) * logprob, 0)
      const tokenId = pick % logits.length

      const statistics = logitStatistics(logits, fold(logits, blockCount), topK)
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
  const logits = new Float32Array(1000).fill(7)
  const statistics = logitStatistics(logits, fold(logits, 10), 2)
  expect(statistics.entropy).toBeCloseTo(Math.log(1000), 11)
  expect(statistics.topK.map((entry) => entry.tokenId)).toEqual([0, 1])
})

test('a certain token has logprob and entropy 0, and far tokens keep their logprob', () => {
  const logits = Float32Array.of(0, 1000)
  const statistics = logitStatistics(logits, fold(logits, 2), 1)
  expect(statistics.logprobOf(0)).toBe(-1000)
  expect(statistics).toMatchObject({ entropy: 0, topK: [{ tokenId: 1, logprob: 0 }] })
})

test.each([NaN, Infinity, -Infinity])('a logit of %s is refused', (value) => {
  const logits = Float32Array.of(1, value, 2, 0)
  for (const blockCount of [1, 2, 4]) expect(() => logitStatistics(logits, fold(logits, blockCount), 2)).toThrow(NonFiniteLogitsError)
})

test('a token outside the vocabulary is a bug of the caller', () => {
  const logits = Float32Array.of(1)
  expect(() => logitStatistics(logits, fold(logits, 1), 1).logprobOf(1)).toThrow(/^internal: token 1 of 1/)
})
