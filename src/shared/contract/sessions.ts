/** @file RPC room `sessions`: opening, stepping and watching live generations. It does not know how a step is computed. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { traceChangeSchema } from '../domain/branch.ts'
import { breakpointSchema } from '../domain/breakpoint.ts'
import { certificateSchema } from '../domain/certificate.ts'
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
  /**
   * Starts running and returns at once; what happens arrives through `events`. A recorded trace that has not finished is taken up
   * again from its record first.
   */
  advance: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, SESSION_NOT_LIVE, TRACE_NOT_FOUND })
    .input(
      z.object({
        traceId: traceIdSchema,
        until: advanceUntilSchema,
        /** Run to cursor: stop after this step at the latest. */
        stopAfter: z.int().nonnegative().nullable().default(null),
        breakpoints: z.array(breakpointSchema).default([]),
      }),
    )
    .output(z.void()),
  /** Stops after the step under way. */
  pause: oc.errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND }).input(z.object({ traceId: traceIdSchema })).output(z.void()),
  /** Changes what stops the run under way; without one nothing happens, since the next brings its own. */
  changeBreakpoints: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(
      z.object({
        traceId: traceIdSchema,
        /** With their hits before `fromStep`. */
        breakpoints: z.array(breakpointSchema),
        fromStep: z.int().nonnegative(),
      }),
    )
    .output(z.void()),
  /** A new trace with the same model, prompt and config; the old one stays as it is. */
  restart: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(openedSessionSchema),
  /** A new paused trace that starts as this one was before `stepIndex`, with a change; the old one stays as it is. */
  fork: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, stepIndex: z.int().nonnegative(), change: traceChangeSchema }))
    .output(openedSessionSchema),
  /** Lets the vanilla twin run alongside from the next step on, or no more. */
  setTwin: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, SESSION_NOT_LIVE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, isEnabled: z.boolean() }))
    .output(z.void()),
  /** What a prompt becomes for this model: the rendered template and its tokens. Loads the model. */
  preview: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, MODEL_NOT_FOUND, PROMPT_REJECTED })
    .input(z.object({ modelId: modelIdSchema, prompt: promptSchema }))
    .output(z.object({ renderedPrompt: z.string(), promptTokens: z.array(promptTokenSchema) })),
  /** The tokens of a text as a continuation: no special tokens are added. */
  tokenize: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, text: z.string().min(1) }))
    .output(z.object({ tokens: z.array(z.object({ tokenId: z.int(), text: z.string() })) })),
  /** Runs a trace again from its record, compares, and stamps it with the result. */
  certify: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(certificateSchema),
  /** The logged steps from `fromStep` on, then a `state` event, then everything live; ends when the session does. */
  events: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, fromStep: z.int().nonnegative().default(0) }))
    .output(eventIterator(sessionEventSchema)),
}
