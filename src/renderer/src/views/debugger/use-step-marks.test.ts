import { expect, it } from 'vitest'
import { traceIdSchema } from '../../../../shared/domain/identifiers.ts'
import { traceMarks } from './use-step-marks.ts'

const header = () => ({ id: traceIdSchema.parse('t1'), parent: null, changes: [{ stepIndex: 4, change: { kind: 'tokens' as const, tokenIds: [1, 2], text: 'ab' } }] })

it('keeps the marks of a trace while its header comes anew with every step', () => {
  const first = traceMarks(header())
  expect([...first.forcedTokens]).toEqual([4, 5])
  expect(traceMarks(header(), first)).toBe(first)
  expect(traceMarks({ ...header(), id: traceIdSchema.parse('t2'), changes: [] }, first).forcedTokens.size).toBe(0)
  expect(traceMarks(null, first).traceId).toBeNull()
})
