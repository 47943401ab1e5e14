/** @file Breakpoints that teach what can be waited for, one press each. */
import type { NewBreakpoint } from '../../../stores/breakpoint-list.ts'

export const exampleBreakpoints: readonly { title: string; line: string; breakpoint: NewBreakpoint }[] = [
  {
    title: 'Every insertion',
    line: 'Stops after each token before which latents were inserted.',
    breakpoint: { condition: { kind: 'insertion' } },
  },
  {
    title: 'The trigger hesitates',
    line: 'An expression over the step: pInvoke > 0.3 && pInvoke < 0.7',
    breakpoint: { condition: { kind: 'always' }, when: 'pInvoke > 0.3 && pInvoke < 0.7' },
  },
  {
    title: 'Memory changes the token',
    line: 'Runs the vanilla twin alongside and stops where it says something else.',
    breakpoint: { condition: { kind: 'twin-differs' } },
  },
]
