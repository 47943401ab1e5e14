/** @file A live generation under the user's hand: its states, commands and events. It does not know who carries them. */
import { z } from 'zod'
import { finishSchema, traceHeaderSchema } from './trace.ts'
import { stepSchema } from './step.ts'
import { weaveSchema } from './weave.ts'

/**
 * How far to run: one phase of a step (decide, weave, decode), one step, through the next step that is a candidate, at which the
 * trigger or policy is asked, or at which memory is inserted, or to the finish.
 */
export const advanceUntilSchema = z.enum(['phase', 'step', 'candidate', 'decision', 'insertion', 'end'])
export type AdvanceUntil = z.infer<typeof advanceUntilSchema>

/** A step under way, stopped between its phases. It is not logged before it is whole. */
export const pendingStepSchema = z.object({
  /** The phase that is done. */
  phase: z.enum(['decided', 'woven']),
  ...stepSchema.pick({ candidate: true, gateReason: true, triggerLogits: true, pInvoke: true, decision: true, decisionSource: true }).shape,
  stepIndex: z.int().nonnegative(),
  isInserted: z.boolean(),
  weave: weaveSchema.nullable(),
})
export type PendingStep = z.infer<typeof pendingStepSchema>

export const sessionStateSchema = z.discriminatedUnion('kind', [
  /** Can be stepped. */
  z.object({
    kind: z.literal('paused'),
    /** Where it stands inside a step; null between steps. */
    pending: pendingStepSchema.nullable().default(null),
    /** The breakpoint that stopped it, by id; null where the user did, or the run had reached its end. */
    stoppedBy: z.string().nullable().default(null),
  }),
  z.object({ kind: z.literal('running'), until: advanceUntilSchema }),
  z.object({ kind: z.literal('finished'), finish: finishSchema }),
  /** Recorded: no live rollout stands behind it (reopened, or its engine was lost). Advancing takes an unfinished one up again. */
  z.object({ kind: z.literal('recorded'), reason: z.string().nullable() }),
])
export type SessionState = z.infer<typeof sessionStateSchema>

export const sessionEventSchema = z.discriminatedUnion('kind', [
  /** Sent after the step was committed to the log, never before. */
  z.object({ kind: z.literal('step'), step: stepSchema, weave: weaveSchema.nullable() }),
  z.object({ kind: z.literal('state'), state: sessionStateSchema, header: traceHeaderSchema }),
])
export type SessionEvent = z.infer<typeof sessionEventSchema>
