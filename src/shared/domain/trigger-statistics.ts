/** @file Where and how often memory was inserted over whole runs (the paper's Fig. 4, 7 and 8). It counts nothing itself. */
import { z } from 'zod'
import { evaluationRunIdSchema } from './experiment-ids.ts'

export const triggerStatisticsRequestSchema = z.object({ runIds: z.array(evaluationRunIdSchema).min(1).max(50), positionBins: z.int().min(1).max(200).default(20), probabilityBins: z.int().min(1).max(200).default(20) })
export type TriggerStatisticsRequest = z.infer<typeof triggerStatisticsRequestSchema>

const countsSchema = z.object({ asked: z.int().nonnegative(), inserted: z.int().nonnegative() })

export const runTriggerStatisticsSchema = z.object({
  runId: evaluationRunIdSchema,
  completionCount: z.int().nonnegative(),
  /** Inference places by relative position in the completion, 0 to 1 in equal bins. */
  byPosition: z.array(countsSchema),
  prompt: countsSchema,
  /** Most asked first; null is no delimiter known. */
  byDelimiter: z.array(z.object({ delimiter: z.string().nullable(), ...countsSchema.shape })),
  byDomain: z.array(z.object({ domain: z.string().nullable(), completionCount: z.int(), accuracy: z.number().nullable(), ...countsSchema.shape })),
  /** Trained trigger's pInvoke in equal bins of 0 to 1; all zero where none was asked. */
  byProbability: z.array(countsSchema),
  /** Completions by how many inference insertions they have, right and judged ones. */
  byInsertionCount: z.array(z.object({ insertions: z.int(), completions: z.int(), judged: z.int(), right: z.int() })),
})
export type RunTriggerStatistics = z.infer<typeof runTriggerStatisticsSchema>

/** Told while runs are counted: how far that is, 0 to 1, and at the end the counts, in the order of the runs. */
export const triggerStatisticsEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), fraction: z.number() }),
  z.object({ kind: z.literal('statistics'), runs: z.array(runTriggerStatisticsSchema) }),
])
export type TriggerStatisticsEvent = z.infer<typeof triggerStatisticsEventSchema>

/** For a candidate that a sweep tried: the trigger's probability there and what inserting there alone changed. */
export const benefitPointSchema = z.object({ sweepId: z.string(), candidate: z.int(), label: z.string(), pInvoke: z.number().nullable(), benefit: z.number() })
export type BenefitPoint = z.infer<typeof benefitPointSchema>
