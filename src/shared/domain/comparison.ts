/** @file What two or more runs say about each other: differences of their configs, their metrics, and tests over the samples they share. It computes nothing. */
import { z } from 'zod'
import { evaluationRunSchema, sampleResultSchema } from './evaluation.ts'
import { evaluationRunIdSchema } from './experiment-ids.ts'

export const comparisonRequestSchema = z.object({
  /** In the order of the columns. */
  runIds: z.array(evaluationRunIdSchema).min(2).max(50),
  /** Whose values others are compared with; one of `runIds`. */
  baselineId: evaluationRunIdSchema,
  /** Paths of config fields that are not shown, such as `plan.batchSize`; a prefix hides what is below it. */
  ignore: z.array(z.string()).default([]),
  /** Human verdicts overrule automatic scores where there are some. */
  usesHumanVerdicts: z.boolean().default(false),
})
export type ComparisonRequest = z.infer<typeof comparisonRequestSchema>

export const configDifferenceSchema = z.object({
  /** `plan.config.policy.probability` */
  path: z.string(),
  /** JSON of each run's value, in the order of the request; null where the run has no such field. */
  values: z.array(z.string().nullable()),
})
export type ConfigDifference = z.infer<typeof configDifferenceSchema>

const intervalSchema = z.object({ estimate: z.number(), low: z.number(), high: z.number() })

/** Right or wrong under the baseline (first word) and under the other run. */
export const transitionCellSchema = z.enum(['both-right', 'harmed', 'helped', 'both-wrong'])
export type TransitionCell = z.infer<typeof transitionCellSchema>

/** Of one run against the baseline, over the samples judged under both; a sample's repeats are one cluster, its mean counts. */
export const pairedComparisonSchema = z.object({
  runId: evaluationRunIdSchema,
  /** Samples. */
  pairCount: z.int().nonnegative(),
  /** Samples only the baseline has, only the other has. */
  unpaired: z.object({ baseline: z.int().nonnegative(), other: z.int().nonnegative() }),
  /** Over samples with one repeat; with more, a sample is right where at least half of its repeats are. */
  transitions: z.object({ bothRight: z.int(), harmed: z.int(), helped: z.int(), bothWrong: z.int() }),
  /** Exact, two-sided; Holm's adjustment counts all runs of the comparison. */
  mcNemar: z.object({ pValue: z.number(), holmPValue: z.number() }).nullable(),
  accuracyDifference: intervalSchema.nullable(),
  rewardDifference: intervalSchema.nullable(),
  /** Of samples' mean rewards; null where every reward is 0 or 1. */
  wilcoxon: z.object({ statistic: z.number(), pairCount: z.int(), pValue: z.number(), holmPValue: z.number(), isExact: z.boolean() }).nullable(),
  /** How bootstrap intervals were drawn. */
  bootstrap: z.object({ seed: z.int(), resamples: z.int() }),
})
export type PairedComparison = z.infer<typeof pairedComparisonSchema>

/** The mean of pass@k over samples, with its 95 % interval. */
export const passRateSchema = z.object({
  runId: evaluationRunIdSchema,
  k: z.int().min(2),
  /** Those with at least k judged repeats. */
  sampleCount: z.int().min(1),
  ...intervalSchema.shape,
})
export type PassRate = z.infer<typeof passRateSchema>

/** Why a comparison may not be like with like. */
export const comparisonWarningSchema = z.object({
  kind: z.enum(['samples', 'dataset', 'prompts', 'seeds', 'limits', 'sampling', 'scoring', 'unfinished', 'unjudged', 'versions', 'model']),
  runIds: z.array(evaluationRunIdSchema),
  /** One sentence. */
  message: z.string(),
})
export type ComparisonWarning = z.infer<typeof comparisonWarningSchema>

export const comparisonSchema = z.object({
  runs: z.array(evaluationRunSchema),
  baselineId: evaluationRunIdSchema,
  differences: z.array(configDifferenceSchema),
  warnings: z.array(comparisonWarningSchema),
  /** One for each run but the baseline, in the order of the request. */
  pairs: z.array(pairedComparisonSchema),
  /** For every run and each k that all of them have repeats for; empty where a sample is answered once. */
  passRates: z.array(passRateSchema),
})
export type Comparison = z.infer<typeof comparisonSchema>

export const comparedSamplesRequestSchema = z.object({
  ...comparisonRequestSchema.omit({ ignore: true }).shape,
  /** Samples in this cell between the baseline and `cellRunId`; null takes all. */
  cell: transitionCellSchema.nullable().default(null),
  cellRunId: evaluationRunIdSchema.nullable().default(null),
  /** Samples whose verdicts are not the same under all runs that have them. */
  onlyDifferent: z.boolean().default(false),
  search: z.string().default(''),
  offset: z.int().nonnegative().default(0),
  limit: z.int().min(1).max(1000).default(200),
})
export type ComparedSamplesRequest = z.infer<typeof comparedSamplesRequestSchema>

export const comparedSampleSchema = z.object({
  sampleId: z.string(),
  domain: z.string().nullable(),
  /** The last user message. */
  question: z.string(),
  solution: z.string().nullable(),
  /** For each run its results in order of repeats; empty where it has none. */
  results: z.array(z.array(sampleResultSchema)),
})
export type ComparedSample = z.infer<typeof comparedSampleSchema>
