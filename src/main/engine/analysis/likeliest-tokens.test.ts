/** @file The list of likeliest tokens. */
import { expect, test } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { openTokenizer } from '../tokenization/tokenizer.ts'
import { likeliestTokens } from './likeliest-tokens.ts'

const tokenizer = openTokenizer(goldenLocation('qwen2').reasonerDir)

test('the likeliest tokens come with their own texts and logprobs, the lower id first among equals', () => {
  const listed = likeliestTokens(tokenizer, Float32Array.from([0.1, 0.3, 0.3, 0.2, 0.1], Math.log), 3)
  expect(listed.map(({ tokenId }) => tokenId)).toEqual([1, 2, 3])
  expect(listed.map(({ text }) => text)).toEqual([1, 2, 3].map((id) => tokenizer.tokenText(id)))
  expect(listed[2]?.logprob).toBeCloseTo(Math.log(0.2), 6)
})

test('a logit that is not finite is named', () => {
  expect(() => likeliestTokens(tokenizer, Float32Array.of(1, NaN), 1)).toThrow('the logit of token 1 is NaN')
})
