/** @file A live generation under the user's hand: its states, commands and events. */
import { z } from 'zod'
import { finishSchema, traceHeaderSchema } from './trace.ts'
import { stepSchema } from './step.ts'
import { weaveSchema } from './weave.ts'

/** How far to run: one step, through the next step at which the trigger (or policy) is asked, or to the finish. */
export const advanceUntilSchema = z.enum(['step', 'decision', 'end'])
export type AdvanceUntil = z.infer<typeof advanceUntilSchema>

export const sessionStateSchema = z.discriminatedUnion('kind', [
  /** Can be stepped. */
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('running'), until: advanceUntilSchema }),
  z.object({ kind: z.literal('finished'), finish: finishSchema }),
  /** Recorded only: no live rollout stands behind it (reopened, or its engine was lost). Restart makes a new trace. */
  z.object({ kind: z.literal('recorded'), reason: z.string().nullable() }),
])
export type SessionState = z.infer<typeof sessionStateSchema>

export const sessionEventSchema = z.discriminatedUnion('kind', [
  /** Sent after the step was committed to the log, never before. */
  z.object({ kind: z.literal('step'), step: stepSchema, weave: weaveSchema.nullable() }),
  z.object({ kind: z.literal('state'), state: sessionStateSchema, header: traceHeaderSchema }),
])
export type SessionEvent = z.infer<typeof sessionEventSchema>
