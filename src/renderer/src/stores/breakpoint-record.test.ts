import { expect, it } from 'vitest'
import { judgedSteps } from '../../../../test/support/judged-step.ts'
import { breakpointSchema } from '../../../shared/domain/breakpoint.ts'
import { createBreakpointRecord, hitsUpTo } from './breakpoint-record.ts'
import { generatedTail } from './generated-tail.ts'

const steps = judgedSteps(['a', 'b', 'a', 'b'])

it('knows where each breakpoint was hit and what logpoints recorded there', () => {
  const record = createBreakpointRecord([
    breakpointSchema.parse({ id: 'text', condition: { kind: 'text', text: 'ab' }, hits: 9 }),
    breakpointSchema.parse({ id: 'log', condition: { kind: 'always' }, when: 'token == "a"', log: 'index * 2' }),
    breakpointSchema.parse({ id: 'never', condition: { kind: 'candidate' } }),
  ])
  for (const step of steps) record.add(step, null)
  expect(record.nextStep()).toBe(4)
  const reading = record.read()
  expect(reading.hitSteps).toEqual(new Map([['text', [1, 3]], ['log', [0, 2]]]))
  expect(reading.columns).toEqual(new Map([['log', [{ stepIndex: 0, value: 0 }, { stepIndex: 2, value: 4 }]]]))
  expect([0, 1, 2, 3].map((index) => hitsUpTo(reading, 'text', index))).toEqual([0, 1, 1, 2])
  expect(hitsUpTo(reading, 'never', 3)).toBe(0)
})

it('gives each reading maps of its own', () => {
  const record = createBreakpointRecord([breakpointSchema.parse({ id: 'b', condition: { kind: 'always' } })])
  const before = record.read()
  for (const step of steps) record.add(step, null)
  expect(before.hitSteps.size).toBe(0)
})

it('has as much of the text before a step as is asked for', () => {
  expect(generatedTail(steps, 2)).toBe('aba')
  expect(generatedTail(steps, 3, 2)).toBe('ab')
  expect(generatedTail(steps, -1)).toBe('')
})
