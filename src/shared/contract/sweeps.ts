/** @file RPC room `sweeps`: one prompt under every subset of its candidates. It does not know how they are generated. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { sweepEventSchema, sweepForecastSchema, sweepIdSchema, sweepOutcomeSchema, sweepRequestSchema, sweepSchema } from '../domain/sweep.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, SWEEP_NOT_FOUND } = declaredErrors

export const sweepsContract = {
  /** What a sweep would try and how long it would take: generates once without memory and keeps nothing. */
  forecast: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED })
    .input(sweepRequestSchema)
    .output(sweepForecastSchema),
  /** Starts a sweep and returns at once. */
  start: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED })
    .input(sweepRequestSchema)
    .output(sweepSchema),
  /** Newest first. */
  list: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ sweeps: z.array(sweepSchema) })),
  get: oc
    .errors({ LOG_UNAVAILABLE, SWEEP_NOT_FOUND })
    .input(z.object({ sweepId: sweepIdSchema }))
    .output(z.object({ sweep: sweepSchema, outcomes: z.array(sweepOutcomeSchema) })),
  /** Stops at once; what is done stays, and generations under way are made again on resumption. */
  pause: oc.errors({ LOG_UNAVAILABLE, SWEEP_NOT_FOUND }).input(z.object({ sweepId: sweepIdSchema })).output(z.void()),
  /** Goes on with the subsets that have no outcome yet. */
  resume: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, SWEEP_NOT_FOUND })
    .input(z.object({ sweepId: sweepIdSchema }))
    .output(z.void()),
  /** The sweep, its outcomes so far, and what comes while it runs. */
  events: oc
    .errors({ LOG_UNAVAILABLE, SWEEP_NOT_FOUND })
    .input(z.object({ sweepId: sweepIdSchema }))
    .output(eventIterator(sweepEventSchema)),
}
