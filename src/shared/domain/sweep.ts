/** @file Trying out when memory helps: one prompt under many subsets of its candidates. It does not know how they are generated. */
import { z } from 'zod'
import { modelIdSchema } from './identifiers.ts'
import { runConfigSchema } from './run-config.ts'
import { finishSchema, promptSchema, resultOriginSchema } from './trace.ts'

export const sweepIdSchema = z.string().min(1).brand<'SweepId'>()
export type SweepId = z.infer<typeof sweepIdSchema>

export const sweepRequestSchema = z.object({
  modelId: modelIdSchema,
  prompt: promptSchema,
  config: runConfigSchema,
  /** The result whose draws every subset makes; null draws as generations by hand do. */
  origin: resultOriginSchema.nullable().default(null),
  /** What the answer is compared with; null gives no scores. */
  reference: z.string().nullable().default(null),
  reward: z.enum(['exact', 'boxed', 'math']).default('boxed'),
  /** Every subset while there are at most this many candidates; every single candidate always. */
  maxSubsetCandidates: z.int().min(0).max(12).default(10),
})
export type SweepRequest = z.infer<typeof sweepRequestSchema>

export const sweepOutcomeSchema = z.object({
  /** Ordinals of the candidates inserted at, ascending: 0 is the end of the prompt, 1 the first candidate after it. */
  candidates: z.array(z.int().nonnegative()),
  text: z.string(),
  tokenCount: z.int().nonnegative(),
  /** Insertions that really happened: a candidate named may not have come. */
  insertionCount: z.int().nonnegative(),
  /** Candidates that this generation passed. */
  candidateCount: z.int().nonnegative(),
  finish: finishSchema,
  error: z.string().nullable(),
  /** null without a reference or where the reward failed. */
  score: z.number().nullable(),
})
export type SweepOutcome = z.infer<typeof sweepOutcomeSchema>

export const sweepSchema = z.object({
  id: sweepIdSchema,
  request: sweepRequestSchema,
  modelName: z.string(),
  status: z.enum(['running', 'paused', 'finished', 'failed']),
  error: z.string().nullable(),
  /** Candidates of the generation without memory, the prompt's end included. */
  candidateCount: z.int().nonnegative(),
  /** Texts that each candidate follows in the generation without memory, for labels; [0] is the prompt's end. */
  candidateLabels: z.array(z.string()),
  /** Subsets to try in all. */
  total: z.int().nonnegative(),
  done: z.int().nonnegative(),
  createdAt: z.int(),
  updatedAt: z.int(),
})
export type Sweep = z.infer<typeof sweepSchema>

/** What a sweep would be, told from one generation without memory. */
export const sweepForecastSchema = z.object({
  ...sweepSchema.pick({ candidateCount: true, candidateLabels: true, total: true }).shape,
  /** That generation's text. */
  text: z.string(),
  /** Milliseconds that all subsets would take. */
  estimatedMs: z.number().nonnegative(),
})
export type SweepForecast = z.infer<typeof sweepForecastSchema>

export const sweepEventSchema = z.discriminatedUnion('kind', [
  /** Sent after the outcome was committed to the log. */
  z.object({ kind: z.literal('outcome'), outcome: sweepOutcomeSchema }),
  z.object({ kind: z.literal('sweep'), sweep: sweepSchema }),
])
export type SweepEvent = z.infer<typeof sweepEventSchema>
