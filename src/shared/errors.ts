/** @file Failures a caller may act on, as declared codes with data; it does not know who raises them. */
import { z } from 'zod'
import { deviceSchema } from './domain/model.ts'

export const declaredErrors = {
  /** A file of a model or checkpoint is missing, malformed or contradicts its config. */
  CHECKPOINT_INVALID: {
    status: 422,
    message: 'This checkpoint cannot be read.',
    data: z.object({ path: z.string(), tensorName: z.string().nullable(), field: z.string().nullable() }),
  },
  MODEL_NOT_FOUND: { status: 404, message: 'No such model.', data: z.object({ modelId: z.string() }) },
  TRACE_NOT_FOUND: { status: 404, message: 'No such trace.', data: z.object({ traceId: z.string() }) },
  PROMPT_REJECTED: {
    status: 422,
    message: 'This prompt cannot be generated from.',
    data: z.object({ promptLength: z.int().nullable(), limit: z.int().nullable() }),
  },
  /** The generation has finished: there is nothing to step. */
  SESSION_NOT_LIVE: { status: 409, message: 'This generation has finished. Restart it, or fork it at one of its steps.', data: z.object({ traceId: z.string() }) },
  SWEEP_NOT_FOUND: { status: 404, message: 'No such sweep.', data: z.object({ sweepId: z.string() }) },
  EVALUATION_NOT_FOUND: { status: 404, message: 'No such run or result.', data: z.object({ runId: z.string(), sampleId: z.string().nullable() }) },
  /** The run cannot do that in its present status, or another process has it. */
  EVALUATION_CONFLICT: { status: 409, message: 'This run cannot do that now.', data: z.object({ runId: z.string().nullable() }) },
  /** A result cannot be generated again: an older version did not record what decided it. */
  REPLAY_UNAVAILABLE: { status: 409, message: 'This result cannot be generated again.', data: z.object({ runId: z.string(), sampleId: z.string() }) },
  /** A file of a dataset is missing, is not what it should be, or has no samples. */
  DATASET_INVALID: {
    status: 422,
    message: 'This dataset cannot be used.',
    data: z.object({ path: z.string(), row: z.int().nullable(), field: z.string().nullable() }),
  },
  DOWNLOAD_FAILED: { status: 502, message: 'The download failed; what arrived is kept.', data: z.object({ repo: z.string(), file: z.string().nullable() }) },
  /** A query or a YAML text cannot be understood. */
  QUERY_INVALID: { status: 422, message: 'This cannot be understood.', data: z.object({ line: z.int().nullable(), column: z.int().nullable() }) },
  /** The selection has no recorded latents, or they do not fit together. */
  LATENTS_UNAVAILABLE: { status: 422, message: 'There are no such latents.', data: z.object({ reason: z.enum(['none-recorded', 'different-sizes', 'too-few']) }) },
  /** A file could not be written, or what should be imported is not what it says. */
  TRANSFER_FAILED: { status: 422, message: 'This file cannot be used.', data: z.object({ path: z.string(), place: z.string().nullable() }) },
  TRAINING_RUN_NOT_FOUND: { status: 404, message: 'No such training run.', data: z.object({ runId: z.string() }) },
  /** The run cannot do that in its present status, or its folder is another run's. */
  TRAINING_CONFLICT: { status: 409, message: 'This training run cannot do that now.', data: z.object({ runId: z.string() }) },
  TRAINING_CONFIG_INVALID: {
    status: 422,
    message: 'This training configuration cannot be used.',
    /** `place` is a file and line or an option; `key` as the reference spells it. */
    data: z.object({ problems: z.array(z.object({ place: z.string().nullable(), key: z.string().nullable(), problem: z.string() })) }),
  },
  ENGINE_LOST: {
    status: 503,
    message: 'The engine process ended. Everything logged is kept; a new engine is starting.',
    data: z.object({ exitCode: z.int().nullable(), signal: z.string().nullable() }),
  },
  /** Another device may do: the CPU always does. */
  DEVICE_UNAVAILABLE: {
    status: 503,
    message: 'This device cannot be used.',
    data: z.object({ device: deviceSchema, reason: z.string() }),
  },
  /** Loading would take more than this machine has left; nothing was loaded. */
  MEMORY_INSUFFICIENT: {
    status: 507,
    message: 'This model does not fit into memory.',
    data: z.object({ device: deviceSchema, neededBytes: z.number(), availableBytes: z.number() }),
  },
  LOG_UNAVAILABLE: {
    status: 507,
    message: 'The experiment log cannot be written.',
    data: z.object({ path: z.string(), reason: z.enum(['disk-full', 'locked', 'newer-version', 'corrupt', 'read-only', 'other']) }),
  },
} as const
export type DeclaredErrorCode = keyof typeof declaredErrors
