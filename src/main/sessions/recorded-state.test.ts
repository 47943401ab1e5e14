/** @file What a trace without a rollout says it is. */
import { expect, test } from 'vitest'
import { recordedState } from './recorded-state.ts'

test('a finish shows as finished, an error with its reason, and none as an app that ended before', () => {
  expect(recordedState({ finish: 'eos', error: null })).toEqual({ kind: 'finished', finish: 'eos' })
  expect(recordedState({ finish: 'stopped', error: null })).toEqual({ kind: 'finished', finish: 'stopped' })
  expect(recordedState({ finish: 'error', error: 'the engine died' })).toEqual({ kind: 'recorded', reason: 'the engine died' })
  expect(recordedState({ finish: null, error: null })).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('The app ended') as string })
})
