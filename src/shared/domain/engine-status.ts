/** @file Whether the engine process lives, and what it did last; for the status bar. */
import { z } from 'zod'
import { modelIdSchema } from './identifiers.ts'

export const engineStatusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('ready'), pid: z.int(), loadedModels: z.array(modelIdSchema) }),
  z.object({ kind: z.literal('loading'), pid: z.int(), modelId: modelIdSchema, progress: z.number().min(0).max(1), stage: z.string() }),
  /** The process ended unexpectedly; a new one is started at once. `lost` says in a sentence what happened. */
  z.object({ kind: z.literal('lost'), exitCode: z.int().nullable(), signal: z.string().nullable(), lost: z.string() }),
])
export type EngineStatus = z.infer<typeof engineStatusSchema>
