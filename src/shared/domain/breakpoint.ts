/** @file Where a run stops by itself, as data. It does not know how conditions are evaluated (shared/debugging does). */
import { z } from 'zod'

export const breakpointConditionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), tokenId: z.int().nonnegative(), text: z.string() }),
  /** The generated text contains this for the first time at its end: the step completes it. */
  z.object({ kind: z.literal('text'), text: z.string().min(1) }),
  z.object({ kind: z.literal('position'), stepIndex: z.int().nonnegative() }),
  z.object({ kind: z.literal('candidate') }),
  /** The trigger or the policy was asked. */
  z.object({ kind: z.literal('decision') }),
  z.object({ kind: z.literal('insertion') }),
  /** The token differs from the one that the same draw gives without memory; needs the vanilla twin. */
  z.object({ kind: z.literal('twin-differs') }),
  /** Every step at which the breakpoint's `when` holds. */
  z.object({ kind: z.literal('always') }),
])
export type BreakpointCondition = z.infer<typeof breakpointConditionSchema>

export const breakpointSchema = z.object({
  id: z.string().min(1),
  isEnabled: z.boolean().default(true),
  /** Disabled by whoever keeps the list once it has stopped a run. */
  isOneShot: z.boolean().default(false),
  condition: breakpointConditionSchema,
  /** An expression that must hold too; null asks nothing more. */
  when: z.string().nullable().default(null),
  /** Stops at this hit and every later one; hits are counted from 1. */
  hitCount: z.int().min(1).default(1),
  /** Hits so far. */
  hits: z.int().nonnegative().default(0),
  /** A logpoint: the value of this expression is recorded as a column and the run goes on. */
  log: z.string().nullable().default(null),
})
export type Breakpoint = z.infer<typeof breakpointSchema>
