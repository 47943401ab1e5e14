import { expect, it } from 'vitest'
import { recordedNotice, stateLine } from './state-line.ts'

it('says why a recorded trace cannot be stepped and offers Restart', () => {
  expect(recordedNotice({ kind: 'recorded', reason: 'The engine process ended.' })).toBe('The engine process ended.')
  expect(recordedNotice({ kind: 'recorded', reason: null })).toContain('Restart makes a new one')
  expect(recordedNotice({ kind: 'paused', pending: null, stoppedBy: null })).toBeNull()
  expect(stateLine('ready', { kind: 'recorded', reason: null }).text).toBe('Recorded')
})

it('speaks of every other state', () => {
  expect(stateLine('empty', null).text).toBe('No trace yet')
  expect(stateLine('opening', null).tone).toBe('busy')
  expect(stateLine('ready', { kind: 'paused', pending: null, stoppedBy: null }).text).toBe('Paused')
  expect(stateLine('ready', { kind: 'running', until: 'decision' }).text).toContain('next decision')
  expect(stateLine('ready', { kind: 'finished', finish: 'length' }).text).toContain('limit')
})

it('a page without its server does not claim that a run goes on', () => {
  expect(stateLine('ready', { kind: 'running', until: 'end' }, false)).toEqual({ tone: 'notice', text: 'Not connected' })
})
