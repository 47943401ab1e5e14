import { expect, it } from 'vitest'
import { stateLine } from './state-line.ts'

it('says why a recorded trace cannot be stepped and offers Restart', () => {
  expect(stateLine('ready', { kind: 'recorded', reason: 'The engine process ended.' })).toEqual({
    tone: 'notice',
    text: 'Recorded, cannot be stepped: The engine process ended. Restart makes a new trace.',
  })
})

it('speaks of every other state', () => {
  expect(stateLine('empty', null).text).toContain('Step starts one')
  expect(stateLine('opening', null).tone).toBe('busy')
  expect(stateLine('ready', { kind: 'paused' }).text).toBe('Paused')
  expect(stateLine('ready', { kind: 'running', until: 'decision' }).text).toContain('next decision')
  expect(stateLine('ready', { kind: 'finished', finish: 'length' }).text).toContain('limit')
})
