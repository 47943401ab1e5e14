/**
 * @file What a training run tells while it goes, from the engine to the log to the views. It does not know how a number
 * is computed or stored. Rates and ratios are 0-1, losses in nats a token.
 */
import { z } from 'zod'

/** What a GRPO step adds; means are over the completions of the step. */
export const grpoMetricsSchema = z.object({
  /** Before insertion costs, of the completions that could be judged; null where none could. */
  rewardMean: z.number().nullable(),
  rewardStd: z.number().nullable(),
  /** Mean over groups of the largest minus the smallest advantage; 0 where every group agrees and nothing is learnt. */
  advantageSpread: z.number(),
  /** Mean estimated KL to the reference policy; null where beta is 0. */
  kl: z.number().nullable(),
  /** Shares of supervised tokens (or decisions) clipped below, above, and in total. */
  clipRatioLow: z.number(),
  clipRatioHigh: z.number(),
  clipRatioRegion: z.number(),
  /** The prompt's included. */
  insertionsPerCompletion: z.number(),
  /** Tokens up to the first end-of-text token. */
  completionLength: z.number(),
  /** Completions that nothing is learnt from: their reward could not be computed, or the weaver cannot be trained on what was written. */
  rewardFailures: z.int().nonnegative(),
})
export type GrpoMetrics = z.infer<typeof grpoMetricsSchema>

/** One step of the optimizer. */
export const trainingStepSchema = z.object({
  /** 1-based: the number of optimizer steps done. */
  step: z.int().min(1),
  /** Passes over the data so far, fractional. */
  epoch: z.number().nonnegative(),
  loss: z.number(),
  /** The rate this step was taken at. */
  learningRate: z.number(),
  /** L2 norm over all trainable parameters, before clipping. */
  gradientNorm: z.number(),
  /** Tokens that went through the model (prompts, answers and rollouts), a second. */
  tokensPerSecond: z.number(),
  /** Tokens (trigger: decisions) under the loss. */
  supervisedTokens: z.int().nonnegative(),
  elapsedMs: z.number().nonnegative(),
  grpo: grpoMetricsSchema.nullable(),
})
export type TrainingStep = z.infer<typeof trainingStepSchema>

export const trainingEvaluationResultSchema = z.object({
  step: z.int().nonnegative(),
  epoch: z.number().nonnegative(),
  /** null for GRPO. */
  loss: z.number().nullable(),
  /** null for SFT, and where no completion could be judged. */
  rewardMean: z.number().nullable(),
  /** Of those that the numbers are of. */
  sampleCount: z.int().nonnegative(),
  isBest: z.boolean(),
  elapsedMs: z.number().nonnegative(),
})
export type TrainingEvaluationResult = z.infer<typeof trainingEvaluationResultSchema>

/** A completion at some step, to read. */
export const trainingSampleSchema = z.object({
  step: z.int().nonnegative(),
  /** Names the prompt, so that its completions can be compared over steps. */
  sampleId: z.string(),
  prompt: z.string(),
  completion: z.string(),
  /** null where there is none: SFT without a reward, or it failed. */
  reward: z.number().nullable(),
  /** Why the reward could not be computed. */
  rewardError: z.string().nullable(),
  insertions: z.int().nonnegative(),
})
export type TrainingSample = z.infer<typeof trainingSampleSchema>

export const trainingCheckpointSchema = z.object({
  step: z.int().nonnegative(),
  /** The checkpoint's folder, in the reference's layout. */
  path: z.string(),
  /** The best by validation so far. */
  isBest: z.boolean(),
})
export type TrainingCheckpoint = z.infer<typeof trainingCheckpointSchema>

export const trainableParameterSchema = z.object({
  /** The reference's name, as in its `named_parameters()`. */
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  count: z.int().nonnegative(),
})

export const trainableParametersSchema = z.object({
  trainable: z.array(trainableParameterSchema),
  trainableCount: z.int().nonnegative(),
  /** Of the whole model, frozen parameters included. */
  totalCount: z.int().nonnegative(),
})
export type TrainableParameters = z.infer<typeof trainableParametersSchema>

/** What a run would train, before it is started. */
export const foreseenTrainingSchema = trainableParametersSchema.extend({
  /** Settings that the checkpoint it starts from overrules or its model has no place for, a sentence each. */
  withoutEffect: z.array(z.string()),
})
export type ForeseenTraining = z.infer<typeof foreseenTrainingSchema>

/** How a data file was read; a run without usable samples fails. */
export const trainingDataSchema = z.object({
  use: z.enum(['train', 'validation']),
  file: z.string(),
  sampleCount: z.int().nonnegative(),
  badLineCount: z.int().nonnegative(),
  /** The first of them; `line` is 1-based, and `reason` names file and line too. */
  badLines: z.array(z.object({ line: z.int(), reason: z.string() })),
  tooLongCount: z.int().nonnegative(),
})
export type TrainingData = z.infer<typeof trainingDataSchema>

export const trainingEventSchema = z.discriminatedUnion('kind', [
  /** A stretch of work before or between steps. `fraction` is null where its end is not known. */
  z.object({ kind: z.literal('progress'), stage: z.string(), fraction: z.number().min(0).max(1).nullable() }),
  /** The plan, before the first step; `fromStep` steps were done by an earlier attempt, and later ones of it no longer count. */
  z.object({ kind: z.literal('started'), fromStep: z.int().nonnegative(), totalSteps: z.int().nonnegative(), stepsPerEpoch: z.number().gt(0) }),
  trainingDataSchema.extend({ kind: z.literal('data') }),
  trainableParametersSchema.extend({ kind: z.literal('parameters') }),
  trainingStepSchema.extend({ kind: z.literal('step') }),
  trainingEvaluationResultSchema.extend({ kind: z.literal('evaluation') }),
  trainingSampleSchema.extend({ kind: z.literal('sample') }),
  trainingCheckpointSchema.extend({ kind: z.literal('checkpoint') }),
  /** Something a careful user should know; the run goes on. */
  z.object({ kind: z.literal('warning'), message: z.string() }),
  /** All steps done; `checkpointPath` holds the result. */
  z.object({ kind: z.literal('finished'), step: z.int().nonnegative(), checkpointPath: z.string() }),
  /** Asked to pause or stop; the state at this step is saved, so that the run can go on from here. */
  z.object({ kind: z.literal('stopped'), step: z.int().nonnegative(), reason: z.enum(['stop', 'pause']) }),
  /** Ended by an error, such as a loss that is no number; `tensor` names where it was found. The last good checkpoint is kept. */
  z.object({ kind: z.literal('failed'), step: z.int().nonnegative(), tensor: z.string().nullable(), message: z.string() }),
])
export type TrainingEvent = z.infer<typeof trainingEventSchema>
