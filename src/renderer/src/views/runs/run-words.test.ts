import { expect, it } from 'vitest'
import { sampleRun } from '../../../../../test/support/sample-run.ts'
import { runColumnIds } from '../../stores/run-columns.ts'
import { cellTitle, cellWords } from './cell-words.ts'
import { accuracySentence, listWords, nameParts, policyWords, progressShare, progressWords } from './run-words.ts'

const DAY_MS = 86_400_000
const running = sampleRun({ status: 'running', total: 40, totals: { done: 10, elapsedMs: 20_000, tokens: 1000 } })

it('progress is what is done, and before the first result what the run does', () => {
  expect([progressWords(running, undefined), progressShare(running, undefined)]).toEqual(['10 / 40', 0.25])
  const beginning = sampleRun({ status: 'running', total: 0, totals: { done: 0 } })
  expect([progressWords(beginning, { stage: 'hashing weights', fraction: 0.5 }), progressShare(beginning, { stage: 'hashing weights', fraction: 0.5 })]).toEqual(['hashing weights', 0.5])
  expect([progressWords(beginning, undefined), progressShare(beginning, undefined)]).toEqual(['', null])
})

it('the list says how much there is to wait for', () => {
  expect(listWords([running, sampleRun()], 2, 60_000)).toBe('2 runs · 1 running · about 1 min 0 s left')
  expect(listWords([sampleRun(), sampleRun()], 1, null)).toBe('1 of 2 runs')
})

it('an accuracy is told with its interval and what it is of', () => {
  expect(accuracySentence(sampleRun())).toBe('75.0 %, 95 % interval 59.8 % to 85.8 %, 40 judged')
  expect(accuracySentence(sampleRun({ accuracy: null }))).toBe('Nothing judged yet')
})

it('a policy brings what sets it apart', () => {
  expect(policyWords({ kind: 'random', probability: 0.2, promptProbability: 0.9 })).toBe('random 0.2 (prompt 0.9)')
  expect(policyWords({ kind: 'schedule', steps: [0, 8] })).toBe('steps 0, 8')
})

it('every column has words', () => {
  for (const column of runColumnIds) expect(cellWords(column, running, DAY_MS)).not.toBe('')
  expect([cellWords('timeLeft', running, 0), cellWords('createdAt', running, DAY_MS), cellWords('seed', running, 0), cellWords('insertions', running, 0), cellWords('note', running, 0)]).toEqual(['1 min 0 s', '1 day ago', '42', '0', '–'])
  expect(cellTitle('note', sampleRun({ note: 'odd' }))).toBe('odd')
})

it.each([
  ['gsm8k trigger pn=1_pl=8_in=5_il=8 T=1 seed 42', 'gsm8k trigger pn=1_pl=8_in=5_il=8', ' T=1 seed 42'],
  ['gsm8k vanilla seed 1', 'gsm8k', ' vanilla seed 1'],
  ['a-name-of-one-word-only', 'a-name-of-one-word-only', ''],
  ['x', 'x', ''],
  ['', '', ''],
])('of the name %j the last words stay where room is scarce', (name, start, end) => {
  expect(nameParts(name)).toEqual([start, end])
})
