import { expect, test } from 'vitest'
import type { TraceId, WeaveId } from '../../../../shared/domain/identifiers.ts'
import { appliedChangeWords, editWords } from './change-words.ts'

test('each change is said with its step', () => {
  expect(appliedChangeWords({ stepIndex: 3, change: { kind: 'decision', decision: 0 } })).toBe('step 3: insertion declined')
  expect(appliedChangeWords({ stepIndex: 0, change: { kind: 'tokens', tokenIds: [1, 2], text: ' a\n' } })).toContain('step 0: tokens “')
  expect(appliedChangeWords({ stepIndex: 5, change: { kind: 'latents', edit: { kind: 'scale', factor: 0.5 } } })).toBe('step 5: latents scaled by 0.500')
})

test('an edit names what it took out and where it took its latents from', () => {
  expect(editWords({ kind: 'drop', latents: [0, 2] })).toBe('without 2 latents (0, 2)')
  expect(editWords({ kind: 'swap', traceId: 't' as TraceId, weaveId: 't/4' as WeaveId })).toBe('of block t/4')
  expect(editWords({ kind: 'pause', token: 5 })).toBe('replaced by the pause token 5')
})
