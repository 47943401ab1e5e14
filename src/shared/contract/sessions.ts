/** @file RPC room `sessions`: opening, stepping and watching live generations. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { modelIdSchema, traceIdSchema } from '../domain/identifiers.ts'
import { runConfigSchema } from '../domain/run-config.ts'
import { advanceUntilSchema, sessionEventSchema, sessionStateSchema } from '../domain/session.ts'
import { promptSchema, promptTokenSchema, traceHeaderSchema } from '../domain/trace.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, SESSION_NOT_LIVE, TRACE_NOT_FOUND } = declaredErrors

export const openedSessionSchema = z.object({
  header: traceHeaderSchema,
  promptTokens: z.array(promptTokenSchema),
  state: sessionStateSchema,
})
export type OpenedSession = z.infer<typeof openedSessionSchema>

export const sessionsContract = {
  /** Opens a paused generation and its trace; loads the model when it is not loaded. */
  open: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED })
    .input(z.object({ modelId: modelIdSchema, prompt: promptSchema, config: runConfigSchema }))
    .output(openedSessionSchema),
  /** Starts running and returns at once; what happens arrives through `events`. */
  advance: oc
    .errors({ ENGINE_LOST, LOG_UNAVAILABLE, SESSION_NOT_LIVE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, until: advanceUntilSchema }))
    .output(z.void()),
  /** Stops after the step under way. */
  pause: oc.errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND }).input(z.object({ traceId: traceIdSchema })).output(z.void()),
  /** A new trace with the same model, prompt and config; the old one stays as it is. */
  restart: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(openedSessionSchema),
  /** The logged steps from `fromStep` on, then a `state` event, then everything live; ends when the session does. */
  events: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, fromStep: z.int().nonnegative().default(0) }))
    .output(eventIterator(sessionEventSchema)),
}
