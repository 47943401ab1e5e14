/** @file Breakpoints that change while a run is under way. */
import { expect, test } from 'vitest'
import { judgedSteps } from '../../../test/support/judged-step.ts'
import { breakpointSchema, type Breakpoint } from '../../shared/domain/breakpoint.ts'
import { RunBreakpoints } from './run-breakpoints.ts'

const steps = judgedSteps(['a', 'b', 'a', 'b', 'a', 'b']).map((step) => ({ step, weave: null }))
const [first, second, third, fourth, fifth, sixth] = steps as [(typeof steps)[0], (typeof steps)[0], (typeof steps)[0], (typeof steps)[0], (typeof steps)[0], (typeof steps)[0]]
const onText = (text: string, changes: Partial<Breakpoint> = {}): Breakpoint => breakpointSchema.parse({ id: text, condition: { kind: 'text', text }, ...changes })

test('a breakpoint that comes late stops at the next step it meets, those that are gone at none', () => {
  const stops = new RunBreakpoints([onText('b')], '')
  expect(stops.stopAt(first)).toBeNull()
  stops.replace([onText('ba')], 1, ['a'])
  expect(stops.stopAt(second)).toBeNull()
  expect(stops.stopAt(third)).toBe('ba')
})

test('hits go on from those that were counted, over steps that the one who counted had not heard of', () => {
  const stops = new RunBreakpoints([], '')
  for (const step of [first, second, third]) expect(stops.stopAt(step)).toBeNull()
  // Counted after the first step, which was hit once.
  stops.replace([onText('a', { hits: 1, hitCount: 3 })], 1, ['a', 'b', 'a'])
  expect(stops.stopAt(fourth)).toBeNull()
  expect(stops.stopAt(fifth)).toBe('a')
})

test('a step that should have stopped the run stops it at the next', () => {
  const stops = new RunBreakpoints([], '')
  for (const step of [first, second, third]) stops.stopAt(step)
  stops.replace([onText('b')], 1, ['a', 'b', 'a'])
  expect(stops.stopAt(fourth)).toBe('b')
  stops.replace([onText('x')], 4, ['a', 'b', 'a', 'b'])
  expect([stops.stopAt(fifth), stops.stopAt(sixth)]).toEqual([null, null])
})
