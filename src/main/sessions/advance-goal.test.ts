/** @file After which step each kind of run stops. */
import { expect, test } from 'vitest'
import type { WeaveId } from '../../shared/domain/identifiers.ts'
import { advanceUntilSchema, type AdvanceUntil } from '../../shared/domain/session.ts'
import { isReached } from './advance-goal.ts'

const plain = { index: 4, candidate: false, decision: -100, weaveId: null } as const
const declined = { ...plain, candidate: true, decision: 0 } as const
const beyondLimit = { ...plain, candidate: true } as const
const inserted = { ...plain, decision: 1, weaveId: 'w' as WeaveId } as const
const reachedBy = (step: Parameters<typeof isReached>[1]): AdvanceUntil[] => advanceUntilSchema.options.filter((until) => isReached({ until, stopAfter: null }, step))

test('each run stops at what it was asked for and at nothing else', () => {
  expect(reachedBy(plain)).toEqual(['phase', 'step'])
  expect(reachedBy(beyondLimit)).toEqual(['phase', 'step', 'candidate'])
  expect(reachedBy(declined)).toEqual(['phase', 'step', 'candidate', 'decision'])
  expect(reachedBy(inserted)).toEqual(['phase', 'step', 'decision', 'insertion'])
})

test('a run to the cursor stops there at the latest, also from behind it', () => {
  expect(isReached({ until: 'end', stopAfter: 5 }, plain)).toBe(false)
  expect(isReached({ until: 'end', stopAfter: 4 }, plain)).toBe(true)
  expect(isReached({ until: 'insertion', stopAfter: 2 }, plain)).toBe(true)
  expect(isReached({ until: 'insertion', stopAfter: 9 }, inserted)).toBe(true)
})
