/** @file What was found when a model or checkpoint was inspected, in words a user reads; it does not know how it was found. */
import { z } from 'zod'
import { placementSchema } from './model.ts'

export const healthVerdictSchema = z.enum(['ok', 'warning', 'error'])
export type HealthVerdict = z.infer<typeof healthVerdictSchema>

export const healthCheckSchema = z.object({
  /** Stable name for tests and links, `<part>.<subject>`. */
  id: z.string(),
  /** What should hold, as a sentence. */
  title: z.string(),
  verdict: healthVerdictSchema,
  /** What was found, as one or two sentences. */
  detail: z.string(),
  /** The numbers behind the detail. */
  values: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number()), z.array(z.string())])).optional(),
})
export type HealthCheck = z.infer<typeof healthCheckSchema>

export const healthFileSchema = z.object({
  path: z.string(),
  sizeBytes: z.int().nonnegative(),
  /** Lower-case hex; only when asked for, since it reads every byte. */
  sha256: z.string().optional(),
})
export type HealthFile = z.infer<typeof healthFileSchema>

/** What loading will take, at one placement. */
export const memoryEstimateSchema = placementSchema.extend({
  /** Separate copies of base weights: 1 when reasoner, weaver and trigger share one base. */
  baseCopies: z.int().nonnegative(),
  /** All copies as they will be held. */
  weightsBytes: z.int().nonnegative(),
  /** Adapters, latents, projections. */
  memoryPartsBytes: z.int().nonnegative(),
  /** Keys and values of one token of context, all roles together. */
  cacheBytesPerToken: z.int().nonnegative(),
  /** Of the engine process: highest use while loading. */
  peakBytes: z.int().nonnegative(),
  /** Of the engine process: once loaded and run, without caches. */
  residentBytes: z.int().nonnegative(),
  /** Of the graphics memory; 0 on the CPU. */
  deviceBytes: z.int().nonnegative(),
  /** Written to disk beside the library the first time: quantised or packed weights. */
  sideFileBytes: z.int().nonnegative(),
  /** Why that many copies, as a sentence. */
  reason: z.string(),
})
export type MemoryEstimate = z.infer<typeof memoryEstimateSchema>

export const checkpointHealthSchema = z.object({
  path: z.string(),
  kind: z.enum(['base-model', 'memgen', 'latent-memory-model', 'unreadable']),
  /** The worst of the checks. */
  verdict: healthVerdictSchema,
  checks: z.array(healthCheckSchema),
  files: z.array(healthFileSchema),
  /** null when a base model could not be read. */
  memory: memoryEstimateSchema.nullable(),
})
export type CheckpointHealth = z.infer<typeof checkpointHealthSchema>
