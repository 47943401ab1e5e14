import { expect, it } from 'vitest'
import { recordedNotice, stateLine } from './state-line.ts'

const paused = { kind: 'paused', pending: null, stoppedBy: null } as const

it('says how a recorded trace goes on where it has not finished', () => {
  expect(recordedNotice({ kind: 'recorded', reason: 'The engine process ended. Step takes it up again.' })).toBe('The engine process ended. Step takes it up again.')
  expect(recordedNotice({ kind: 'recorded', reason: null })).toBeNull()
  expect(recordedNotice(paused)).toBeNull()
  expect(stateLine('ready', { kind: 'recorded', reason: null }).text).toBe('Recorded')
  expect(stateLine('ready', { kind: 'recorded', reason: null }, { isUnfinished: true }).text).toContain('can go on')
})

it('speaks of every other state', () => {
  expect(stateLine('empty', null).text).toBe('No trace yet')
  expect(stateLine('opening', null).tone).toBe('busy')
  expect(stateLine('ready', paused).text).toBe('Paused')
  expect(stateLine('ready', { ...paused, stoppedBy: 'b1' }).text).toContain('breakpoint')
  expect(stateLine('ready', { kind: 'running', until: 'decision' }).text).toContain('next decision')
  expect(stateLine('ready', { kind: 'finished', finish: 'length' }).text).toContain('limit')
})

it('a page without its server does not claim that a run goes on', () => {
  expect(stateLine('ready', { kind: 'running', until: 'end' }, { isConnected: false })).toEqual({ tone: 'notice', text: 'Not connected' })
})
