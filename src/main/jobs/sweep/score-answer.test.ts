/** @file Answers against the reference that a user typed. */
import { expect, test } from 'vitest'
import { scoreAnswer } from './score-answer.ts'

test.each([
  ['exact', String.raw`so \boxed{4}`, '4', 1],
  ['exact', String.raw`so \boxed{4.}`, '4', 0],
  ['exact', String.raw`so \boxed{4}`, String.raw`It is \boxed{4}.`, 1],
  ['boxed', String.raw`so \boxed{\frac12}`, '1/2', 1],
  ['boxed', 'so 4', '4', 0],
  ['math', 'so 3 and 1,200.', '1200', 1],
  ['math', String.raw`\boxed{5} and 4`, '4', 0],
  ['math', 'nothing', '4', 0],
] as const)('%s: “%s” against “%s” scores %i', (reward, answer, reference, score) => {
  expect(scoreAnswer(answer, { reference, reward })).toBe(score)
})

test('without a reference there is no score', () => {
  expect(scoreAnswer('4', { reference: null, reward: 'exact' })).toBeNull()
})
