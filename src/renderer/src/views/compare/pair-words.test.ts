import { describe, expect, it } from 'vitest'
import type { PairedComparison } from '../../../../shared/domain/comparison.ts'
import { evaluationRunIdSchema } from '../../../../shared/domain/experiment-ids.ts'
import { pairSentence, testLines } from './pair-words.ts'

const pair: PairedComparison = {
  runId: evaluationRunIdSchema.parse('b'),
  pairCount: 1000,
  unpaired: { baseline: 0, other: 3 },
  transitions: { bothRight: 500, harmed: 20, helped: 60, bothWrong: 420 },
  mcNemar: { pValue: 8.2e-6, holmPValue: 1.64e-5 },
  accuracyDifference: { estimate: 0.04, low: 0.022, high: 0.058 },
  rewardDifference: null,
  wilcoxon: null,
  bootstrap: { seed: 42, resamples: 10_000 },
}

describe('a pair in words', () => {
  it('says the difference, its interval and where zero lies', () => {
    expect(pairSentence(pair)).toBe('+4.0 points, 95 % interval +2.2 to +5.8, zero outside')
    expect(pairSentence({ accuracyDifference: { estimate: 0, low: -0.01, high: 0.01 } })).toBe('0.0 points, 95 % interval −1.0 to +1.0, zero inside')
  })

  it('names every test with what it was computed over, and no p of zero', () => {
    const lines = testLines(pair)
    expect(lines.map(({ value }) => value)).toEqual(['1,000; 3 only under the other', pairSentence(pair), 'p = 8e-6, by Holm 2e-5', 'paired bootstrap, 10,000 resamples of samples, seed 42'])
    expect(testLines({ ...pair, mcNemar: { pValue: 0, holmPValue: 0 } }).map(({ value }) => value).join()).not.toMatch(/= 0(\D|$)|0\.000/)
  })
})
