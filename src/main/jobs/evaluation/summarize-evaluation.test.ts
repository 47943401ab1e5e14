/** @file Summaries of evaluations: what is counted, left out and compared. */
import { expect, test } from 'vitest'
import type { EvaluationRow } from './evaluation-record.ts'
import { summarizeEvaluation } from './summarize-evaluation.ts'

function row(policy: string, sampleId: string, reward: number | null, changes: Partial<EvaluationRow> = {}): EvaluationRow {
  const rest = { text: '', tokenCount: 10, insertions: { prompt: 1, inference: 2 }, decisions: [], finish: 'eos' as const, error: null }
  return { type: 'completion', policy, sampleId, reward, rewardError: reward === null ? 'no solution' : null, ...rest, ...changes }
}

test('accuracy counts rewards of 1 among the judged, with its interval', () => {
  const rows = [row('a', '1', 1), row('a', '2', 0), row('a', '3', 0.5), row('a', '4', null), row('a', '5', 1)]
  const [summary] = summarizeEvaluation(rows, ['a'], ['1', '2', '3', '4', '5'])
  expect(summary).toMatchObject({ count: 5, unjudgedCount: 1, accuracy: { estimate: 0.5 }, meanReward: 0.625, comparison: null })
  expect(summary?.accuracy?.low).toBeGreaterThan(0)
})

test('insertions and tokens are means over all completions', () => {
  const rows = [row('a', '1', 1, { insertions: { prompt: 1, inference: 4 }, tokenCount: 30 }), row('a', '2', null, { insertions: { prompt: 0, inference: 1 }, finish: 'error', error: 'NaN' })]
  expect(summarizeEvaluation(rows, ['a'], ['1', '2'])[0]).toMatchObject({ insertions: { prompt: 0.5, inference: 2.5 }, tokenCount: 20, failedCount: 1 })
})

test('samples and policies that were not chosen are left out', () => {
  const rows = [row('a', '1', 1), row('a', '2', 0), row('b', '1', 0)]
  expect(summarizeEvaluation(rows, ['a'], ['1'])).toMatchObject([{ policy: 'a', count: 1, accuracy: { estimate: 1 } }])
})

test('each policy is compared with the first on the samples judged under both', () => {
  const before = ['1', '2', '3', '4', '5', '6'].map((id) => row('vanilla', id, id === '6' ? null : 0))
  const after = ['6', '5', '4', '3', '2', '1'].map((id) => row('always', id, id === '1' ? 0 : 1))
  const [, summary] = summarizeEvaluation([...before, ...after], ['vanilla', 'always'], ['1', '2', '3', '4', '5', '6'])
  // Exact McNemar of 4 to 0: 2 / 2^4.
  expect(summary?.comparison).toMatchObject({ against: 'vanilla', pairCount: 5, helped: 4, harmed: 0, pValue: 0.125, difference: { estimate: 0.8 } })
})

test('a policy without completions has no accuracy and no comparison', () => {
  expect(summarizeEvaluation([row('a', '1', 1)], ['a', 'b'], ['1'])[1]).toMatchObject({ count: 0, accuracy: null, meanReward: null, comparison: null, tokenCount: 0 })
})
