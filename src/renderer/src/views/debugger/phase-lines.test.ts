import { expect, it } from 'vitest'
import type { PendingStep } from '../../../../shared/domain/session.ts'
import { phaseLines } from './phase-lines.ts'

const decided: PendingStep = { phase: 'decided', stepIndex: 4, candidate: true, gateReason: 'ends with "."', triggerLogits: [0, 1], pInvoke: 0.73, decision: 1, decisionSource: 'model', isInserted: true, weave: null }

function words(pending: PendingStep): string[] {
  return (phaseLines(pending) ?? []).map(({ text, state }) => `${text} (${state})`)
}

it('shows what was decided, then what is woven, then the token to come', () => {
  expect(words(decided)).toEqual(['decided: insert, p 0.73 (done)', 'weave (next)', 'token (later)'])
  expect(words({ ...decided, phase: 'woven' })).toEqual(['decided: insert, p 0.73 (done)', 'woven (done)', 'token (next)'])
})

it('goes from a declined decision, or none, to the token', () => {
  expect(words({ ...decided, decision: 0, pInvoke: 0.2, isInserted: false })).toEqual(['decided: skip, p 0.20 (done)', 'token (next)'])
  expect(words({ ...decided, decision: -100, pInvoke: null, decisionSource: null, isInserted: false })[0]).toBe('decided: not asked (done)')
})

it('never gives a constant a probability', () => {
  expect(words({ ...decided, pInvoke: null, decisionSource: 'constant' })[0]).toBe('decided: insert, constant (done)')
  expect(phaseLines(null)).toBeNull()
})
