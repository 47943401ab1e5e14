/** @file How an evaluation is shown on a terminal. */
import { expect, test } from 'vitest'
import type { PolicySummary } from '../jobs/index.ts'
import { formatEvaluation } from './evaluation-table.ts'

const vanilla: PolicySummary = {
  policy: 'vanilla',
  count: 201,
  unjudgedCount: 1,
  failedCount: 0,
  accuracy: { estimate: 0.2, low: 0.15, high: 0.26 },
  meanReward: 0.2,
  insertions: { prompt: 0, inference: 0 },
  tokenCount: 41.25,
  comparison: null,
}
const always: PolicySummary = {
  ...vanilla,
  policy: 'always+zero',
  unjudgedCount: 0,
  failedCount: 3,
  insertions: { prompt: 1, inference: 3.456 },
  comparison: { against: 'vanilla', pairCount: 200, helped: 5, harmed: 15, pValue: 0.00001234, difference: { estimate: -0.05, low: -0.09, high: 0.01, seed: 1, resamples: 10_000 } },
}

test('numbers stand under their headings, accuracies in percent, differences with their sign', () => {
  expect(formatEvaluation([vanilla, always]).slice(0, 3)).toEqual([
    'policy         n  accuracy          95 %  prompt  inference  tokens  difference          95 %  helped  harmed     p',
    'vanilla      200      20.0  15.0 to 26.0    0.00       0.00    41.3',
    'always+zero  201      20.0  15.0 to 26.0    1.00       3.46    41.3        -5.0  -9.0 to +1.0       5      15  1e-5',
  ])
})

test('what was left out or failed is said below, and what the difference is to', () => {
  const notes = formatEvaluation([vanilla, always]).join('\n')
  expect(notes).toContain('could not be judged and are left out of n and accuracy: vanilla 1')
  expect(notes).toContain('ended in an error and are judged by what they had written: always+zero 3')
  expect(notes).toContain('difference in points to vanilla')
  expect(formatEvaluation([{ ...vanilla, unjudgedCount: 0 }]).join('\n')).not.toMatch(/judged|difference in/)
})

test('a policy that nothing was judged of shows no accuracy', () => {
  expect(formatEvaluation([{ ...vanilla, count: 0, unjudgedCount: 0, accuracy: null, meanReward: null }])[1]).toMatch(/^vanilla +0 +- /)
})
