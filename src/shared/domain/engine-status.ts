/** @file Whether the engine process lives, and what it did last; for the status bar. It does not know what the engine computes. */
import { z } from 'zod'
import { modelIdSchema } from './identifiers.ts'
import { deviceFallbackSchema, placementSchema } from './model.ts'

export const engineStatusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('ready'), pid: z.int(), loadedModels: z.array(placementSchema.extend({ modelId: modelIdSchema, fallback: deviceFallbackSchema.nullable() })) }),
  z.object({ kind: z.literal('loading'), pid: z.int(), modelId: modelIdSchema, progress: z.number().min(0).max(1), stage: z.string() }),
  /** The process ended unexpectedly. `lost` says what happened; `isRestarting` whether a new one follows by itself. */
  z.object({ kind: z.literal('lost'), exitCode: z.int().nullable(), signal: z.string().nullable(), lost: z.string(), isRestarting: z.boolean() }),
])
export type EngineStatus = z.infer<typeof engineStatusSchema>
