/** @file The columns of the evaluations' tables as queries write them (docs/log-schema.md says what they mean). Values read back are checked in rows/. */
import type { PromptColumns } from './rows/prompt-columns.ts'

type Real = number | 'NaN'

export interface ExperimentTable {
  id: string
  name: string
  request: string
  created_at: number
}

/** Counted over a run's results. */
export interface TotalsColumns {
  done: number
  judged: number
  correct: number
  reward_sum: Real
  failed: number
  tokens: number
  prompt_insertions: number
  inference_insertions: number
}

export interface EvaluationRunTable extends TotalsColumns {
  id: string
  experiment_id: string
  name: string
  model_id: string
  model_name: string
  task: string
  split: string
  policy: string
  seed: number
  repeats: number
  plan: string
  status: string
  error: string | null
  process_id: number | null
  dataset_id: string | null
  imported_from: string | null
  total: number
  elapsed_ms: number
  accuracy_low: number | null
  accuracy_high: number | null
  note: string
  is_starred: number
  trashed_at: number | null
  created_at: number
  updated_at: number
}

export interface EvaluationProvenanceTable {
  run_id: string
  provenance: string
}

export interface EvaluationDonorTable extends PromptColumns {
  run_id: string
  position: number
  sample_id: string
}

export interface EvaluationTagTable {
  run_id: string
  tag: string
}

export interface DatasetTable {
  id: string
  task: string
  files: string
  problem_count: number
  problems: string
  created_at: number
}

export interface DatasetSampleTable extends PromptColumns {
  dataset_id: string
  position: number
  sample_id: string
  origin: string
  domain: string | null
  solution: string | null
  answers: string
  extra: string
}

/** What names a result: its sample's place in the dataset stands for the sample, so that the key has the dataset's order. */
export interface ResultPlace {
  run_id: string
  position: number
  repeat: number
}

export interface EvaluationResultTable extends ResultPlace {
  sample_id: string
  domain: string | null
  reward: Real | null
  scoring_number: number
  is_audited: number
  human_is_right: number | null
  failure_mode: string | null
  turn_count: number
  token_count: number
  prompt_insertions: number
  inference_insertions: number
  finish: string
  error: string | null
  created_at: number
}

/** What a judge said in words. */
export interface JudgementTexts {
  extracted: string | null
  expected: string | null
  judge_error: string | null
}

export interface EvaluationOutputTable extends ResultPlace, JudgementTexts {
  text: string
}

export interface EvaluationTurnTable extends ResultPlace {
  turn: number
  prompt: string | null
  text: string | null
  observation: string | null
  asked: string
  record: Uint8Array
  donors: string | null
}

export interface EvaluationLatentsTable extends ResultPlace {
  turn: number
  step_index: number
  kind: string
  latents_rows: number
  latents_columns: number | null
  latents_format: string | null
  latents: Uint8Array | null
  latents_before_projection_columns: number | null
  latents_before_projection: Uint8Array | null
}

export interface DonatedLatentsTable {
  origin_run_id: string
  origin_sample_id: string
  origin_repeat: number
  origin_turn: number
  kind: string
  ordinal: number
  latents_rows: number
  latents_columns: number
  latents: Uint8Array
}

export interface EvaluationScoringTable {
  run_id: string
  number: number
  scoring: string | null
  created_at: number
}

export interface EvaluationFormerJudgementTable extends ResultPlace, JudgementTexts {
  scoring_number: number
  reward: Real | null
}

export interface EvaluationVerdictTable extends ResultPlace {
  number: number
  verdict: string | null
  created_at: number
}

export interface RunViewTable {
  id: string
  name: string
  view: string
  created_at: number
  trashed_at: number | null
}

export interface ClusterSetTable {
  id: string
  origin: string
  centroids_rows: number
  centroids_columns: number
  centroids: Uint8Array
  created_at: number
}

export interface EvaluationTables {
  experiment: ExperimentTable
  evaluation_run: EvaluationRunTable
  evaluation_provenance: EvaluationProvenanceTable
  evaluation_donor: EvaluationDonorTable
  evaluation_tag: EvaluationTagTable
  dataset: DatasetTable
  dataset_sample: DatasetSampleTable
  evaluation_result: EvaluationResultTable
  evaluation_output: EvaluationOutputTable
  evaluation_turn: EvaluationTurnTable
  evaluation_latents: EvaluationLatentsTable
  donated_latents: DonatedLatentsTable
  evaluation_scoring: EvaluationScoringTable
  evaluation_former_judgement: EvaluationFormerJudgementTable
  evaluation_verdict: EvaluationVerdictTable
  run_view: RunViewTable
  cluster_set: ClusterSetTable
}
