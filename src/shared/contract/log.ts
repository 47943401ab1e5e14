/** @file RPC room `log`: reading what was recorded. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { modelIdSchema, traceIdSchema } from '../domain/identifiers.ts'
import { sessionStateSchema } from '../domain/session.ts'
import { traceHeaderSchema, traceSchema } from '../domain/trace.ts'
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
}
