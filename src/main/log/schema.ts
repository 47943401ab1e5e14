/** @file The columns of every table as queries write them (docs/log-schema.md says what they mean). Values read back are checked in rows/. */
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
}

export interface PromptTable {
  trace_id: string
  kind: string
  text: string
  messages: string | null
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

export interface LogTables extends TrainingTables {
  model: ModelTable
  run: RunTable
  trace: TraceTable
  prompt: PromptTable
  step: StepTable
  weave: WeaveTable
}
