/** @file RPC room `log`: reading what was recorded. It does not know how it is stored, and changes none of it but saved prompts. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { modelIdSchema, traceIdSchema } from '../domain/identifiers.ts'
import { savedPromptSchema } from '../domain/saved-prompt.ts'
import { sessionStateSchema } from '../domain/session.ts'
import { stepSchema } from '../domain/step.ts'
import { traceOverviewSchema } from '../domain/trace-columns.ts'
import { traceHeaderSchema, traceSchema } from '../domain/trace.ts'
import { weaveSchema } from '../domain/weave.ts'
import { declaredErrors } from '../errors.ts'

const { LOG_UNAVAILABLE, TRACE_NOT_FOUND } = declaredErrors

export const logContract = {
  /** Newest first, a page at a time; `before` is the `createdAt` and id of the last trace already seen. */
  traces: oc
    .errors({ LOG_UNAVAILABLE })
    .input(
      z.object({
        limit: z.int().min(1).max(500).default(100),
        before: z.object({ createdAt: z.int(), id: traceIdSchema }).nullable().default(null),
        search: z.string().default(''),
        modelId: modelIdSchema.nullable().default(null),
      }),
    )
    .output(z.object({ traces: z.array(traceHeaderSchema), total: z.int() })),
  trace: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(z.object({ trace: traceSchema, state: sessionStateSchema })),
  /** The whole trace by columns, without what only single steps show: opens fast however long it is. */
  overview: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(z.object({ trace: traceOverviewSchema, state: sessionStateSchema })),
  /** Whole steps of a stretch, `from` included and `to` not, and the weaves that belong to them. */
  steps: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema, from: z.int().nonnegative(), to: z.int().nonnegative() }))
    .output(z.object({ steps: z.array(stepSchema), weaves: z.array(weaveSchema) })),
  /** Every branch of the beginning that this trace shares, itself included, oldest first. */
  branches: oc
    .errors({ LOG_UNAVAILABLE, TRACE_NOT_FOUND })
    .input(z.object({ traceId: traceIdSchema }))
    .output(z.object({ traces: z.array(traceHeaderSchema) })),
  /** The user's kept prompts, newest first. */
  prompts: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ prompts: z.array(savedPromptSchema) })),
  savePrompt: oc
    .errors({ LOG_UNAVAILABLE })
    .input(savedPromptSchema.pick({ title: true, prompt: true, reference: true }))
    .output(savedPromptSchema),
  /** Puts a kept prompt into the trash. */
  removePrompt: oc.errors({ LOG_UNAVAILABLE }).input(z.object({ id: z.string() })).output(z.void()),
}
