import { describe, expect, it } from 'vitest'
import { breakpointSchema, type Breakpoint } from '../../../../../shared/domain/breakpoint.ts'
import { breakpointOfDraft, draftOfBreakpoint, emptyBreakpointDraft, type BreakpointDraft } from './breakpoint-draft.ts'
import { conditionWords, hitWords, optionWords } from './breakpoint-words.ts'

function breakpoint(fields: Partial<Breakpoint> & Pick<Breakpoint, 'condition'>): Breakpoint {
  return breakpointSchema.parse({ id: 'b1', ...fields })
}

function problemOf(changes: Partial<BreakpointDraft>): string | null {
  const result = breakpointOfDraft({ ...emptyBreakpointDraft(3), ...changes })
  return 'problem' in result ? result.problem : null
}

describe('a breakpoint being edited', () => {
  it('becomes the breakpoint it was taken from', () => {
    for (const original of [
      breakpoint({ condition: { kind: 'token', tokenId: 4, text: '\n' } }),
      breakpoint({ condition: { kind: 'text', text: 'a\\n\n"b"' }, when: 'entropy > 3', hitCount: 4, isOneShot: true }),
      breakpoint({ condition: { kind: 'position', stepIndex: 9 } }),
      breakpoint({ condition: { kind: 'candidate' }, log: 'pInvoke' }),
      breakpoint({ condition: { kind: 'always' }, when: 'kl > 1' }),
    ]) {
      const { id: _id, isEnabled: _isEnabled, hits: _hits, ...described } = original
      expect(breakpointOfDraft(draftOfBreakpoint(original))).toEqual({ breakpoint: described })
    }
  })

  it('says what it lacks', () => {
    expect(problemOf({})).toBeNull()
    expect(problemOf({ kind: 'token' })).toBe('Choose a token.')
    expect(problemOf({ kind: 'text', text: '' })).toBe('Write a text.')
    expect(problemOf({ kind: 'text', text: '\\q' })).toMatch(/^After \\/)
    expect(problemOf({ kind: 'position', stepIndex: null })).toBe('Write a step, counted from 0.')
    expect(problemOf({ kind: 'always' })).toBe('Write an expression.')
    expect(problemOf({ when: 'pInvok > 1' })).toBe('Mend the expression.')
    expect(problemOf({ isLogging: true })).toBe('Write what to record.')
    expect(problemOf({ isLogging: true, log: 'entropy' })).toBeNull()
  })
})

describe('a breakpoint in words', () => {
  it('shows every character of a text and how often it was hit', () => {
    expect(conditionWords({ kind: 'token', tokenId: 198, text: '\n' })).toBe('Token "\\n" (198)')
    expect(conditionWords({ kind: 'text', text: 'a\u202eb' })).toBe('Text "a\\u{202e}b"')
    expect(conditionWords({ kind: 'insertion' })).toBe('Insertion')
    expect(optionWords(breakpoint({ condition: { kind: 'always' }, hitCount: 2, isOneShot: true }))).toEqual(['from hit 2 on', 'once'])
    expect([hitWords(0), hitWords(1), hitWords(1200)]).toEqual(['not hit', '1 hit', '1,200 hits'])
  })
})
