/** @file How runs are shown on a terminal. */
import { expect, test } from 'vitest'
import { formatEvaluation, type TableRow } from './evaluation-table.ts'

const totals = { done: 201, judged: 200, right: 40, rewardSum: 40, failed: 0, tokens: 8291, promptInsertions: 0, inferenceInsertions: 0, elapsedMs: 1000 }
const accuracy = { estimate: 0.2, low: 0.15, high: 0.26 }
const vanilla: TableRow = { label: 'vanilla', run: { totals, accuracy }, passRates: [], pair: null }
const always: TableRow = {
  label: 'always+zero',
  run: { totals: { ...totals, judged: 201, failed: 3, promptInsertions: 201, inferenceInsertions: 695 }, accuracy },
  passRates: [],
  pair: {
    transitions: { bothRight: 35, harmed: 15, helped: 5, bothWrong: 145 },
    mcNemar: { pValue: 0.00001234, holmPValue: 0.00001234 },
    accuracyDifference: { estimate: -0.05, low: -0.09, high: 0.01 },
  },
}

test('numbers stand under their headings, accuracies in percent, differences with their sign', () => {
  expect(formatEvaluation([vanilla, always]).slice(0, 3)).toEqual([
    'policy         n  accuracy          95 %  prompt  inference  tokens  difference          95 %  helped  harmed     p',
    'vanilla      200      20.0  15.0 to 26.0    0.00       0.00    41.2',
    'always+zero  201      20.0  15.0 to 26.0    1.00       3.46    41.2        -5.0  -9.0 to +1.0       5      15  1e-5',
  ])
})

test('with repeats pass@k stands beside the accuracy, and what it is below', () => {
  const lines = formatEvaluation([{ ...vanilla, passRates: [{ k: 2, estimate: 0.25 }, { k: 4, estimate: 0.3 }] }, { ...always, passRates: [{ k: 2, estimate: 0.5 }] }])
  expect(lines[0]).toContain('95 %  pass@2  pass@4  prompt')
  expect(lines[1]).toContain('15.0 to 26.0    25.0    30.0    0.00')
  expect(lines[2]).toContain('15.0 to 26.0    50.0       -    1.00')
  expect(lines.join('\n')).toContain('pass@k: share of samples of which at least one of k answers is right')
})

test('what was left out or failed is said below, and what the difference is to', () => {
  const notes = formatEvaluation([vanilla, always]).join('\n')
  expect(notes).toContain('could not be judged and are left out of n and accuracy: vanilla 1')
  expect(notes).toContain('those with a text are judged by it: always+zero 3')
  expect(notes).toContain('difference in points to vanilla')
  const alone = formatEvaluation([{ ...vanilla, run: { accuracy, totals: { ...totals, done: 200 } } }]).join('\n')
  expect(alone).not.toMatch(/judged|difference in/)
})

test('a run that nothing was judged of shows no accuracy', () => {
  expect(formatEvaluation([{ ...vanilla, run: { accuracy: null, totals: { ...totals, done: 0, judged: 0 } } }])[1]).toMatch(/^vanilla +0 +- /)
})
