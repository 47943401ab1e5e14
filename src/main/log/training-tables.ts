/** @file The columns of the training tables as queries write them (docs/log-schema.md says what they mean). Values read back are checked in rows/training-rows.ts. */

type Real = number | 'NaN'

export interface TrainingRunTable {
  id: string
  name: string
  config: string
  status: string
  message: string | null
  attempt: number
  process_id: number | null
  step: number
  created_at: number
  updated_at: number
  trashed_at: number | null
}

export interface TrainingAttemptTable {
  run_id: string
  attempt: number
  from_step: number | null
  total_steps: number | null
  data: string
  parameters: string | null
  warnings: string
  started_at: number
  ended_at: number | null
}

/** What every row of an attempt starts with. */
export interface AttemptStep {
  run_id: string
  attempt: number
  step: number
}

export interface TrainingStepTable extends AttemptStep {
  epoch: Real
  loss: Real
  learning_rate: Real
  gradient_norm: Real
  tokens_per_second: Real
  supervised_tokens: number
  elapsed_ms: Real
  reward_mean: Real | null
  reward_std: Real | null
  advantage_spread: Real | null
  kl: Real | null
  clip_ratio_low: Real | null
  clip_ratio_high: Real | null
  clip_ratio_region: Real | null
  insertions_per_completion: Real | null
  completion_length: Real | null
  reward_failures: number | null
}

export interface TrainingEvaluationTable extends AttemptStep {
  epoch: Real
  loss: Real | null
  reward_mean: Real | null
  sample_count: number
  is_best: number
  elapsed_ms: Real
}

export interface TrainingSampleTable extends AttemptStep {
  sample_index: number
  sample_id: string
  prompt: string
  completion: string
  reward: Real | null
  reward_error: string | null
  insertions: number
}

export interface TrainingCheckpointTable extends AttemptStep {
  path: string
  is_best: number
  saved_at: number
}

export interface TrainingTables {
  training_run: TrainingRunTable
  training_attempt: TrainingAttemptTable
  training_step: TrainingStepTable
  training_evaluation: TrainingEvaluationTable
  training_sample: TrainingSampleTable
  training_checkpoint: TrainingCheckpointTable
}
