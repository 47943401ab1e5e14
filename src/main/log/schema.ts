/** @file The columns of every table as queries write them (docs/log-schema.md says what they mean). Values read back are checked in rows/. */
import type { EvaluationTables } from './evaluation-tables.ts'
import type { PromptColumns } from './rows/prompt-columns.ts'
import type { TrainingTables } from './training-tables.ts'

export interface ModelTable {
  id: string
  name: string
  reasoner_dir: string
  weaver_dir: string | null
  trigger_dir: string | null
  checkpoint_dir: string | null
  label: string | null
  created_at: number
  trashed_at: number | null
}

export interface ModelPlacementTable {
  model_id: string
  device: string
  precision: string
  updated_at: number
}

export interface RunTable {
  id: string
  model_id: string
  model_name: string
  config: string
  created_at: number
}

export interface TraceTable {
  id: string
  run_id: string
  finish: string | null
  error: string | null
  step_count: number
  weave_count: number
  generated_text: string
  created_at: number
  updated_at: number
  parent_trace_id: string | null
  parent_step_index: number | null
  changes: string
  certificate_count: number
  origin_run_id: string | null
  origin_sample_id: string | null
  origin_repeat: number | null
  origin_turn: number | null
  placed_device: string | null
  placed_precision: string | null
}

export interface CertificateTable {
  trace_id: string
  number: number
  verdict: string
  compared_steps: number
  different_step_index: number | null
  different_what: string | null
  different_top_gap: number | 'NaN' | null
  largest_logprob_difference: number | 'NaN'
  largest_trigger_logit_difference: number | 'NaN'
  largest_latent_difference: number | 'NaN'
  device: string
  created_at: number
}

export interface PromptTable extends PromptColumns {
  trace_id: string
  rendered_prompt: string
  tokens: string
}

export interface StepTable {
  trace_id: string
  step_index: number
  token_id: number
  text: string
  logprob: number | 'NaN'
  entropy: number | 'NaN'
  top_k: string
  candidate: number
  gate_reason: string | null
  trigger_logit_skip: number | 'NaN' | null
  trigger_logit_insert: number | 'NaN' | null
  p_invoke: number | 'NaN' | null
  decision: number
  decision_source: string | null
  augmentation_count: number
  weave_id: string | null
  random_state: string
  decide_ms: number | 'NaN'
  weave_ms: number | 'NaN'
  decode_ms: number | 'NaN'
  twin_token_id: number | null
  twin_text: string | null
  twin_logprob: number | 'NaN' | null
  twin_kl: number | 'NaN' | null
}

export interface WeaveTable {
  trace_id: string
  id: string
  step_index: number
  kind: string
  context_length: number
  latents_rows: number
  latents_columns: number
  latents: Uint8Array
  latents_before_projection_rows: number
  latents_before_projection_columns: number
  latents_before_projection: Uint8Array
  norms: string
  norms_before_projection: string
  nearest: string
  intervention: string | null
}

export interface SavedPromptTable extends PromptColumns {
  id: string
  title: string
  reference: string | null
  created_at: number
  trashed_at: number | null
}

export interface SweepTable {
  id: string
  model_name: string
  request: string
  status: string
  error: string | null
  candidate_count: number
  candidate_labels: string
  total: number
  created_at: number
  updated_at: number
}

export interface SweepOutcomeTable {
  sweep_id: string
  candidates: string
  text: string
  token_count: number
  insertion_count: number
  candidate_count: number
  finish: string
  error: string | null
  score: number | 'NaN' | null
  created_at: number
}

export interface ImportedCurvesTable {
  id: string
  name: string
  path: string
  created_at: number
  trashed_at: number | null
}

export interface ImportedSeriesTable {
  curves_id: string
  series_index: number
  tag: string
  /** float64 little-endian. */
  steps: Uint8Array
  series_values: Uint8Array
}

export interface LogTables extends TrainingTables, EvaluationTables {
  imported_curves: ImportedCurvesTable
  imported_series: ImportedSeriesTable
  model: ModelTable
  model_placement: ModelPlacementTable
  run: RunTable
  trace: TraceTable
  prompt: PromptTable
  step: StepTable
  weave: WeaveTable
  certificate: CertificateTable
  saved_prompt: SavedPromptTable
  sweep: SweepTable
  sweep_outcome: SweepOutcomeTable
}
