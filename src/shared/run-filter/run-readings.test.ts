import { expect, it } from 'vitest'
import { sampleRun } from '../../../test/support/sample-run.ts'
import { insertionsPerCompletion, timeLeftMs, tokensPerCompletion, tokensPerSecond } from './run-readings.ts'

it('numbers of a run follow from its totals', () => {
  const run = sampleRun({ status: 'running', total: 100, totals: { done: 25, tokens: 5000, promptInsertions: 25, inferenceInsertions: 50, elapsedMs: 10_000 } })
  expect([tokensPerSecond(run), tokensPerCompletion(run), insertionsPerCompletion(run), timeLeftMs(run)]).toEqual([500, 200, 3, 30_000])
})

it('they are none before there is anything', () => {
  const empty = sampleRun({ status: 'running', total: 100, totals: { done: 0, tokens: 0, elapsedMs: 0 } })
  expect([tokensPerSecond(empty), tokensPerCompletion(empty), insertionsPerCompletion(empty), timeLeftMs(empty)]).toEqual([null, null, null, null])
})

it('nothing tells the time that is left while no time is counted', () => {
  expect(timeLeftMs(sampleRun({ status: 'running', total: 40, totals: { done: 10, elapsedMs: 0 } }))).toBeNull()
})
