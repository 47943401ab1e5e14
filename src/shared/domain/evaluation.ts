/**
 * @file Experiments: a grid of evaluation runs, each one model on one task under one policy, and what every sample gave. It does not know
 * who generates, where it is kept or how it is compared.
 */
import { z } from 'zod'
import { compactRecordSchema, latentRecordSchema } from './compact-record.ts'
import { evaluationRunIdSchema, experimentIdSchema } from './experiment-ids.ts'
import { modelIdSchema } from './identifiers.ts'
import { latentInterventionSchema } from './latent-intervention.ts'
import { memoryPolicySchema } from './memory-policy.ts'
import { deviceFallbackSchema, deviceSchema, modelLocationSchema, precisionSchema } from './model.ts'
import { runConfigSchema } from './run-config.ts'
import { samplingConfigSchema } from './sampling.ts'
import { datasetStampSchema, judgementSchema, scoringSchema, taskRequestSchema } from './task.ts'
import { finishSchema, promptSchema } from './trace.ts'

/** A policy as it is compared with others, with what is done to its latents. */
export const policyArmSchema = z.object({ policy: memoryPolicySchema, intervention: latentInterventionSchema.nullable().default(null) })
export type PolicyArm = z.infer<typeof policyArmSchema>

/** Every combination of models, tasks, arms, samplings and seeds is a run. */
export const experimentRequestSchema = z.object({
  name: z.string().min(1).max(200),
  models: z.array(modelIdSchema).min(1),
  tasks: z.array(taskRequestSchema).min(1),
  arms: z.array(policyArmSchema).min(1),
  samplings: z.array(samplingConfigSchema).min(1).prefault([{}]),
  seeds: z.array(z.int().nonnegative()).min(1).default([42]),
  /** Generations of each sample in each run. */
  repeats: z.int().min(1).max(1000).default(1),
  /** Everything else that determines a generation; its policy, intervention, sampling and seed are the grid's. */
  config: runConfigSchema.prefault({ recordTopK: 0, recordNearest: 0 }),
  latents: latentRecordSchema.default('projected'),
  /** Rows computed at a time. */
  batchSize: z.int().min(1).max(256).default(8),
  tags: z.array(z.string().min(1)).default([]),
})
export type ExperimentRequest = z.infer<typeof experimentRequestSchema>
export type ExperimentRequestInput = z.input<typeof experimentRequestSchema>

/** Everything that determines the results of one run. */
export const evaluationPlanSchema = z.object({
  modelId: modelIdSchema,
  task: taskRequestSchema,
  config: runConfigSchema,
  repeats: z.int().min(1),
  latents: latentRecordSchema,
  batchSize: z.int().min(1),
})
export type EvaluationPlan = z.infer<typeof evaluationPlanSchema>

/** What a run was computed with and from; taken when it first starts. */
export const provenanceSchema = z.object({
  model: z.object({ location: modelLocationSchema, files: z.array(z.object({ path: z.string(), sizeBytes: z.int().nonnegative(), sha256: z.string() })) }),
  dataset: datasetStampSchema,
  /** Of the project; null outside a git checkout. */
  commit: z.string().nullable(),
  versions: z.record(z.string(), z.string()),
  device: deviceSchema,
  /** Runs of before there was a choice computed in float32. */
  precision: precisionSchema.default('f32'),
  /** null where it ran on the device that was asked for. */
  fallback: deviceFallbackSchema.nullable().default(null),
  host: z.object({ platform: z.string(), cpu: z.string(), cores: z.int(), memoryBytes: z.number() }),
})
export type Provenance = z.infer<typeof provenanceSchema>

/** Of a provenance what lists show and filters ask for. */
export const computedWithSchema = provenanceSchema.pick({ commit: true, device: true, precision: true })
export type ComputedWith = z.infer<typeof computedWithSchema>

/** `paused`: by the user, by the end of the app, or because its process died. `cancelled` is not taken up again. */
export const evaluationStatusSchema = z.enum(['queued', 'running', 'paused', 'cancelled', 'finished', 'failed'])
export type EvaluationStatus = z.infer<typeof evaluationStatusSchema>

/** Counted over a run's results, or 0; sums, so that they can be added up. */
export const runTotalsSchema = z.object({
  /** Results: samples x repeats when the run has finished. */
  done: z.int().nonnegative(),
  /** Results with a reward. */
  judged: z.int().nonnegative(),
  /** Results with a reward of at least 1. */
  right: z.int().nonnegative(),
  rewardSum: z.number(),
  /** Results that ended in an error. */
  failed: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  promptInsertions: z.int().nonnegative(),
  inferenceInsertions: z.int().nonnegative(),
  /** Milliseconds that the run computed, over all its attempts. */
  elapsedMs: z.number().nonnegative(),
})
export type RunTotals = z.infer<typeof runTotalsSchema>

export const evaluationRunSchema = z.object({
  id: evaluationRunIdSchema,
  experimentId: experimentIdSchema,
  experimentName: z.string(),
  /** `gsm8k trigger pn=1_pl=8_in=5_il=8 seed 42`: what tells it from its neighbours, memory in the reference's form. */
  name: z.string(),
  modelName: z.string(),
  plan: evaluationPlanSchema,
  status: evaluationStatusSchema,
  /** What went wrong, where it failed; of a cancelled one, why it was not imported to its end. */
  error: z.string().nullable(),
  /** Samples x repeats; 0 until the dataset has been read. */
  total: z.int().nonnegative(),
  totals: runTotalsSchema,
  /** Share of judged results that are right with its 95 % interval: Wilson's, or with repeats one that takes samples as clusters; null where none is judged. */
  accuracy: z.object({ estimate: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** The stamp's id; null until the dataset has been read. */
  datasetId: z.string().nullable(),
  /** null until it begins, and in lists, which tell `computedWith` alone. */
  provenance: provenanceSchema.nullable(),
  /** null until it begins; bundles of before this was told have none. */
  computedWith: computedWithSchema.nullable().default(null),
  /** The file that the run was imported from; its plan then holds what the file said, and defaults elsewhere. null for one made here. */
  importedFrom: z.string().nullable().default(null),
  tags: z.array(z.string()),
  note: z.string(),
  isStarred: z.boolean(),
  /** Unix milliseconds, UTC. */
  trashedAt: z.int().nullable(),
  createdAt: z.int(),
  updatedAt: z.int(),
})
export type EvaluationRun = z.infer<typeof evaluationRunSchema>

export const experimentSchema = z.object({
  id: experimentIdSchema,
  name: z.string(),
  request: experimentRequestSchema,
  runCount: z.int().nonnegative(),
  createdAt: z.int(),
})
export type Experiment = z.infer<typeof experimentSchema>

/** The paper's eight (Appendix H), set by hand. */
export const failureModeSchema = z.enum([
  'planning',
  'compositional-reasoning',
  'tool-parsing',
  'tool-response',
  'answer-formatting',
  'demand-misunderstanding',
  'think-act-inconsistency',
  'false-belief',
])
export type FailureMode = z.infer<typeof failureModeSchema>

/** What a person said about a result. */
export const humanVerdictSchema = z.object({
  /** null where only the failure mode was set. */
  isRight: z.boolean().nullable(),
  failureMode: failureModeSchema.nullable(),
})
export type HumanVerdict = z.infer<typeof humanVerdictSchema>

/** One generation of one sample, all turns together. */
export const sampleResultSchema = z.object({
  sampleId: z.string(),
  /** 0-based. */
  repeat: z.int().nonnegative(),
  domain: z.string().nullable(),
  /** What was generated; turns and observations joined in their order. */
  text: z.string(),
  turnCount: z.int().min(1),
  judgement: judgementSchema,
  human: humanVerdictSchema.nullable(),
  tokenCount: z.int().nonnegative(),
  insertions: z.object({ prompt: z.int().nonnegative(), inference: z.int().nonnegative() }),
  /** Of the last turn. */
  finish: finishSchema,
  error: z.string().nullable(),
})
export type SampleResult = z.infer<typeof sampleResultSchema>

/** A judging of a run's results anew. */
export const recordedScoringSchema = z.object({
  /** null is the task's own. */
  scoring: scoringSchema.nullable(),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
})
export type RecordedScoring = z.infer<typeof recordedScoringSchema>

/** Where a result's judgement comes from, and what it was before. Numbers are those of the run's scorings, from 1; 0 is the scoring of its plan. */
export const judgingSchema = z.object({
  scoringNumber: z.int().nonnegative(),
  former: z.array(z.object({ scoringNumber: z.int().nonnegative(), judgement: judgementSchema })),
})
export type Judging = z.infer<typeof judgingSchema>

export const resultKeySchema = z.object({ runId: evaluationRunIdSchema, sampleId: z.string(), repeat: z.int().nonnegative() })
export type ResultKey = z.infer<typeof resultKeySchema>

export const evaluationEventSchema = z.discriminatedUnion('kind', [
  /** Sent after the result was committed to the log. */
  z.object({ kind: z.literal('result'), runId: evaluationRunIdSchema, result: sampleResultSchema }),
  z.object({ kind: z.literal('run'), run: evaluationRunSchema }),
  /** What a run does before its first result, such as hashing weights; fraction 0 to 1. */
  z.object({ kind: z.literal('stage'), runId: evaluationRunIdSchema, stage: z.string(), fraction: z.number() }),
])
export type EvaluationEvent = z.infer<typeof evaluationEventSchema>

/** What an experiment would cost, told before it starts. */
export const experimentForecastSchema = z.object({
  runs: z.array(z.object({ name: z.string(), plan: evaluationPlanSchema, sampleCount: z.int().nonnegative(), warnings: z.array(z.string()) })),
  /** Bytes that the log would grow by, at most. */
  logBytes: z.number().nonnegative(),
  /** By the pace of runs that were made; null where none was. Loading models and reading weights come on top. */
  time: z.object({ computeMs: z.number().nonnegative(), /** Where it comes from, a clause: "as the last run of this model on this task (38 samples/min)". */ basis: z.string() }).nullable(),
  /** Rows that are no samples, and whatever else a careful person should know; one sentence each. */
  warnings: z.array(z.string()),
})
export type ExperimentForecast = z.infer<typeof experimentForecastSchema>

/** One turn of one result with its record; a task of one turn has one. */
export const recordedTurnSchema = z.object({
  turn: z.int().nonnegative(),
  prompt: promptSchema,
  text: z.string(),
  /** What the environment answered; null after the last turn. */
  observation: z.string().nullable(),
  record: compactRecordSchema,
})
export type RecordedTurn = z.infer<typeof recordedTurnSchema>
