/** @file Candidates read out of a generation without memory. */
import { expect, test } from 'vitest'
import { describeCandidates } from './find-candidates.ts'

const step = (text: string, candidate = false) => ({ text, candidate, elapsedMs: { decide: 1, weave: 0, decode: 2 } })

test('each candidate is named by the end of what it follows', () => {
  const found = describeCandidates('a long prompt that ends with assistant\n', [step('6', true), step(','), step(' then', true), step('.'), step('</s>', true)])
  expect(found).toEqual({
    candidateCount: 3,
    candidateLabels: ['prompt that ends with assistant\n', '6,', ' then.'],
    text: '6, then.</s>',
    tokenCount: 5,
    elapsedMs: 15,
  })
})

test('a generation that ended at once still has the prompt’s end', () => {
  expect(describeCandidates('p', [])).toMatchObject({ candidateCount: 1, candidateLabels: ['p'] })
})
