/** @file What a training run tells as rows of the training tables, both ways. Does not know queries. */
import { z } from 'zod'
import { trainingConfigSchema } from '../../../shared/domain/training.ts'
import {
  trainableParametersSchema,
  trainingDataSchema,
  type TrainingCheckpoint,
  type TrainingEvaluationResult,
  type TrainingSample,
  type TrainingStep,
} from '../../../shared/domain/training-event.ts'
import { trainingRunIdSchema, trainingStatusSchema } from '../../../shared/domain/training-run.ts'
import { flagColumn, jsonColumn, numberColumn, textColumn, toStoredReal, toStoredText } from '../stored-values.ts'
import type { AttemptStep, TrainingCheckpointTable, TrainingEvaluationTable, TrainingSampleTable, TrainingStepTable } from '../training-tables.ts'

const stepColumn = z.int().nonnegative()
const realOrNull = numberColumn.nullable()

/** A run with its latest attempt. */
export const runRowSchema = z.object({
  id: textColumn.pipe(trainingRunIdSchema),
  name: textColumn,
  config: jsonColumn(trainingConfigSchema),
  status: trainingStatusSchema,
  message: textColumn.nullable(),
  attempt: z.int().nonnegative(),
  process_id: z.int().nullable(),
  step: stepColumn,
  total_steps: stepColumn.nullable(),
  created_at: z.int(),
  trashed_at: z.int().nullable(),
  started_at: z.int().nullable(),
  ended_at: z.int().nullable(),
})

export const attemptRowSchema = z.object({
  data: jsonColumn(z.array(trainingDataSchema)),
  parameters: jsonColumn(trainableParametersSchema).nullable(),
  warnings: jsonColumn(z.array(z.string())),
})

const grpoColumns = z.object({
  reward_mean: realOrNull,
  reward_std: realOrNull,
  advantage_spread: numberColumn,
  kl: realOrNull,
  clip_ratio_low: numberColumn,
  clip_ratio_high: numberColumn,
  clip_ratio_region: numberColumn,
  insertions_per_completion: numberColumn,
  completion_length: numberColumn,
  reward_failures: z.int().nonnegative(),
})

export const stepRowSchema = z
  .object({
    step: stepColumn,
    epoch: numberColumn,
    loss: numberColumn,
    learning_rate: numberColumn,
    gradient_norm: numberColumn,
    tokens_per_second: numberColumn,
    supervised_tokens: z.int().nonnegative(),
    elapsed_ms: numberColumn,
  })
  .and(z.union([grpoColumns, z.object({ reward_mean: z.null(), advantage_spread: z.null() })]))
  .transform(
    (row): TrainingStep => ({
      step: row.step,
      epoch: row.epoch,
      loss: row.loss,
      learningRate: row.learning_rate,
      gradientNorm: row.gradient_norm,
      tokensPerSecond: row.tokens_per_second,
      supervisedTokens: row.supervised_tokens,
      elapsedMs: row.elapsed_ms,
      grpo:
        row.advantage_spread === null
          ? null
          : {
              rewardMean: row.reward_mean,
              rewardStd: row.reward_std,
              advantageSpread: row.advantage_spread,
              kl: row.kl,
              clipRatioLow: row.clip_ratio_low,
              clipRatioHigh: row.clip_ratio_high,
              clipRatioRegion: row.clip_ratio_region,
              insertionsPerCompletion: row.insertions_per_completion,
              completionLength: row.completion_length,
              rewardFailures: row.reward_failures,
            },
    }),
  )

export const evaluationRowSchema = z
  .object({
    step: stepColumn,
    epoch: numberColumn,
    loss: realOrNull,
    reward_mean: realOrNull,
    sample_count: z.int().nonnegative(),
    is_best: flagColumn,
    elapsed_ms: numberColumn,
  })
  .transform(
    (row): TrainingEvaluationResult => ({
      step: row.step,
      epoch: row.epoch,
      loss: row.loss,
      rewardMean: row.reward_mean,
      sampleCount: row.sample_count,
      isBest: row.is_best,
      elapsedMs: row.elapsed_ms,
    }),
  )

export const sampleRowSchema = z
  .object({
    step: stepColumn,
    sample_id: textColumn,
    prompt: textColumn,
    completion: textColumn,
    reward: realOrNull,
    reward_error: textColumn.nullable(),
    insertions: z.int().nonnegative(),
  })
  .transform(
    (row): TrainingSample => ({
      step: row.step,
      sampleId: row.sample_id,
      prompt: row.prompt,
      completion: row.completion,
      reward: row.reward,
      rewardError: row.reward_error,
      insertions: row.insertions,
    }),
  )

export const checkpointRowSchema = z
  .object({ step: stepColumn, path: textColumn, is_best: flagColumn })
  .transform((row): TrainingCheckpoint => ({ step: row.step, path: row.path, isBest: row.is_best }))

type Attempt = Omit<AttemptStep, 'step'>

export function toTrainingStepRow(attempt: Attempt, step: TrainingStep): TrainingStepTable {
  const { grpo } = step
  return {
    ...attempt,
    step: step.step,
    epoch: toStoredReal(step.epoch),
    loss: toStoredReal(step.loss),
    learning_rate: toStoredReal(step.learningRate),
    gradient_norm: toStoredReal(step.gradientNorm),
    tokens_per_second: toStoredReal(step.tokensPerSecond),
    supervised_tokens: step.supervisedTokens,
    elapsed_ms: toStoredReal(step.elapsedMs),
    reward_mean: orNull(grpo?.rewardMean),
    reward_std: orNull(grpo?.rewardStd),
    advantage_spread: orNull(grpo?.advantageSpread),
    kl: orNull(grpo?.kl),
    clip_ratio_low: orNull(grpo?.clipRatioLow),
    clip_ratio_high: orNull(grpo?.clipRatioHigh),
    clip_ratio_region: orNull(grpo?.clipRatioRegion),
    insertions_per_completion: orNull(grpo?.insertionsPerCompletion),
    completion_length: orNull(grpo?.completionLength),
    reward_failures: grpo?.rewardFailures ?? null,
  }
}

export function toEvaluationRow(attempt: Attempt, { step, epoch, loss, rewardMean, sampleCount, isBest, elapsedMs }: TrainingEvaluationResult): TrainingEvaluationTable {
  return {
    ...attempt,
    step,
    epoch: toStoredReal(epoch),
    loss: orNull(loss),
    reward_mean: orNull(rewardMean),
    sample_count: sampleCount,
    is_best: isBest ? 1 : 0,
    elapsed_ms: toStoredReal(elapsedMs),
  }
}

export function toSampleRow(attempt: Attempt, sampleIndex: number, sample: TrainingSample): TrainingSampleTable {
  return {
    ...attempt,
    step: sample.step,
    sample_index: sampleIndex,
    sample_id: toStoredText(sample.sampleId),
    prompt: toStoredText(sample.prompt),
    completion: toStoredText(sample.completion),
    reward: orNull(sample.reward),
    reward_error: sample.rewardError === null ? null : toStoredText(sample.rewardError),
    insertions: sample.insertions,
  }
}

export function toCheckpointRow(attempt: Attempt, { step, path, isBest }: TrainingCheckpoint, savedAt: number): TrainingCheckpointTable {
  return { ...attempt, step, path: toStoredText(path), is_best: isBest ? 1 : 0, saved_at: savedAt }
}

function orNull(value: number | null | undefined): number | 'NaN' | null {
  return value === null || value === undefined ? null : toStoredReal(value)
}
