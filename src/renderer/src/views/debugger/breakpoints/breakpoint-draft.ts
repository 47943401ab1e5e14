/** @file A breakpoint while it is edited: every kind's fields at once, and what is still missing. It does not know how it is shown. */
import { compileCondition, compileExpression, escapeText, expressionError, unescapeText } from '../../../../../shared/debugging/index.ts'
import type { Breakpoint, BreakpointCondition } from '../../../../../shared/domain/breakpoint.ts'
import type { NewBreakpoint } from '../../../stores/breakpoint-list.ts'
import type { BreakpointKind } from './breakpoint-words.ts'

export interface BreakpointDraft {
  kind: BreakpointKind
  token: { tokenId: number; text: string } | null
  /** As typed, with escapes such as \n. */
  text: string
  stepIndex: number | null
  when: string
  isLogging: boolean
  log: string
  hitCount: number | null
  isOneShot: boolean
}

/** A plain breakpoint at insertions; `stepIndex` is what a position begins with. */
export function emptyBreakpointDraft(stepIndex: number): BreakpointDraft {
  return { kind: 'insertion', token: null, text: '', stepIndex, when: '', isLogging: false, log: '', hitCount: 1, isOneShot: false }
}

export function draftOfBreakpoint({ condition, when, log, hitCount, isOneShot }: Breakpoint): BreakpointDraft {
  return {
    kind: condition.kind,
    token: condition.kind === 'token' ? { tokenId: condition.tokenId, text: condition.text } : null,
    text: condition.kind === 'text' ? escapeText(condition.text) : '',
    stepIndex: condition.kind === 'position' ? condition.stepIndex : 0,
    when: when ?? '',
    isLogging: log !== null,
    log: log ?? '',
    hitCount,
    isOneShot,
  }
}

/** The breakpoint that the draft describes, or what it lacks, as a sentence. */
export function breakpointOfDraft(draft: BreakpointDraft): { breakpoint: NewBreakpoint } | { problem: string } {
  const condition = conditionOf(draft)
  if (typeof condition === 'string') return { problem: condition }
  if (draft.kind === 'always' && draft.when.trim() === '' && !draft.isLogging) return { problem: 'Write an expression.' }
  if (draft.when.trim() !== '' && expressionError(draft.when, compileCondition) !== null) return { problem: 'Mend the expression.' }
  if (draft.isLogging && draft.log.trim() === '') return { problem: 'Write what to record.' }
  if (draft.isLogging && expressionError(draft.log, compileExpression) !== null) return { problem: 'Mend the expression to record.' }
  return {
    breakpoint: {
      condition,
      when: draft.when.trim() === '' ? null : draft.when.trim(),
      log: draft.isLogging ? draft.log.trim() : null,
      hitCount: draft.hitCount ?? 1,
      isOneShot: draft.isOneShot && !draft.isLogging,
    },
  }
}

function conditionOf({ kind, token, text, stepIndex }: BreakpointDraft): BreakpointCondition | string {
  switch (kind) {
    case 'token':
      return token === null ? 'Choose a token.' : { kind, ...token }
    case 'text':
      if (text === '') return 'Write a text.'
      return expressionError(text, unescapeText)?.message ?? { kind, text: unescapeText(text) }
    case 'position':
      return stepIndex === null ? 'Write a step, counted from 0.' : { kind, stepIndex }
    case 'candidate':
    case 'decision':
    case 'insertion':
    case 'twin-differs':
    case 'always':
      return { kind }
    default:
      return kind satisfies never
  }
}
