/** @file Distributions against their definitions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { openTokenizer } from '../tokenization/tokenizer.ts'
import { klDivergence, likeliestTokens, logSoftmax } from './distribution.ts'

const logits = fc.float32Array({ minLength: 4, maxLength: 4, min: -50, max: 50, noNaN: true })

test('probabilities sum to 1, and shifting the logits changes none', () => {
  fc.assert(fc.property(logits, fc.integer({ min: -1000, max: 1000 }), (given, shift) => {
    const total = logSoftmax(given).reduce((sum, logprob) => sum + Math.exp(logprob), 0)
    expect(total).toBeCloseTo(1, 12)
    const shifted = logSoftmax(given.map((value) => Math.round(value) + shift))
    for (const [id, logprob] of logSoftmax(given.map(Math.round)).entries()) expect(shifted[id]).toBeCloseTo(logprob, 9)
  }))
})

test('the divergence is 0 from itself and never negative', () => {
  fc.assert(fc.property(logits, logits, (left, right) => {
    expect(klDivergence(logSoftmax(left), logSoftmax(left))).toBe(0)
    expect(klDivergence(logSoftmax(left), logSoftmax(right))).toBeGreaterThanOrEqual(0)
  }))
})

test('it is the sum of p log(p / q) in nats', () => {
  const [p, q] = [[0.5, 0.5], [0.9, 0.1]].map((probabilities) => logSoftmax(Float32Array.from(probabilities, Math.log)))
  expect(klDivergence(p ?? new Float64Array(0), q ?? new Float64Array(0))).toBeCloseTo(0.5 * Math.log(0.5 / 0.9) + 0.5 * Math.log(0.5 / 0.1), 7)
})

test('a logit that is not finite is named', () => {
  expect(() => logSoftmax(Float32Array.of(1, NaN))).toThrow('the logit of token 1 is NaN')
  expect(() => logSoftmax(Float32Array.of(Infinity, 1))).toThrow('the logit of token 0 is Infinity')
})

test('the likeliest tokens come with their own texts, the lower id first among equals', () => {
  const tokenizer = openTokenizer(goldenLocation('qwen2').reasonerDir)
  const listed = likeliestTokens(tokenizer, Float32Array.of(0, 2, 2, 1), 3)
  expect(listed.map(({ tokenId }) => tokenId)).toEqual([1, 2, 3])
  expect(listed[0]).toMatchObject({ text: tokenizer.tokenText(1), logprob: listed[1]?.logprob })
})
