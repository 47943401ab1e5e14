/** @file What a trace without a rollout says it is. */
import { expect, test } from 'vitest'
import { keptSteps, recordedState } from './recorded-state.ts'

test('a finish shows as finished, an error with its reason, and none as an app that ended before', () => {
  expect(recordedState({ finish: 'eos', error: null })).toEqual({ kind: 'finished', finish: 'eos' })
  expect(recordedState({ finish: 'stopped', error: null })).toEqual({ kind: 'finished', finish: 'stopped' })
  expect(recordedState({ finish: 'error', error: 'the engine died' })).toEqual({ kind: 'recorded', reason: 'the engine died' })
  expect(recordedState({ finish: null, error: null })).toMatchObject({ kind: 'recorded', reason: expect.stringMatching(/^The app ended before.* Step takes it up again\.$/) as string })
})

test('what was kept is counted', () => {
  expect([0, 1, 3].map((stepCount) => keptSteps({ stepCount }))).toEqual([
    'No step had been logged yet.',
    'Its first step is kept in the log.',
    'All 3 steps before that are kept in the log.',
  ])
})
