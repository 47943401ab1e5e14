/** @file A trace's header and prompt as rows of `run`, `trace` and `prompt`, both ways. Does not know queries. */
import { z } from 'zod'
import { appliedChangeSchema } from '../../../shared/domain/branch.ts'
import { evaluationRunIdSchema } from '../../../shared/domain/experiment-ids.ts'
import { modelIdSchema, runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { deviceSchema, precisionSchema } from '../../../shared/domain/model.ts'
import { finishSchema, type PromptToken, promptTokenSchema, type TraceHeader } from '../../../shared/domain/trace.ts'
import { endingOf, ENDING_LENGTH, previewOf, PREVIEW_LENGTH } from '../../../shared/text-ends.ts'
import type { CertificateTable, PromptTable, RunTable, TraceTable } from '../schema.ts'
import { jsonColumn, MAX_STORED_EXPANSION, numberColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'
import { fromCertificateRow } from './certificate-row.ts'
import { fromPromptColumns, promptColumnsSchema, toPromptColumns } from './prompt-columns.ts'
import { readRow } from './read-row.ts'

/** Characters of `generated_text` to read so that neither is ever cut inside an escape. */
export const STORED_PREVIEW_LENGTH = PREVIEW_LENGTH * MAX_STORED_EXPANSION
export const STORED_ENDING_LENGTH = (ENDING_LENGTH + 1) * MAX_STORED_EXPANSION

/** What `createTrace` is told; counts and times are the log's own. */
export type NewTrace = Pick<TraceHeader, 'id' | 'runId' | 'modelId' | 'modelName' | 'prompt' | 'renderedPrompt' | 'config' | 'parent' | 'changes' | 'origin' | 'placement'> & {
  promptTokens: readonly PromptToken[]
}

type LatestCertificate = Omit<CertificateTable, 'trace_id' | 'number' | 'created_at'>

/** `run`, `trace`, `prompt` and the latest certificate, if there is one, joined, with `generated_text` cut to its two ends. */
export interface HeaderRow
  extends Omit<TraceTable, 'generated_text'>,
    Pick<RunTable, 'model_id' | 'model_name' | 'config'>,
    Omit<PromptTable, 'trace_id' | 'tokens'>,
    Readonly<{ [Column in keyof LatestCertificate]: LatestCertificate[Column] | null }> {
  stored_preview: string
  stored_ending: string
  certificate_number: number | null
  certified_at: number | null
}

const runColumnsSchema = z.object({
  run_id: textColumn.pipe(runIdSchema),
  model_id: textColumn.pipe(modelIdSchema),
  model_name: textColumn,
  config: jsonColumn(runConfigSchema),
})

const renderedPromptSchema = z.object({ rendered_prompt: textColumn })

const traceColumnsSchema = z
  .object({
    id: textColumn.pipe(traceIdSchema),
    finish: finishSchema.nullable(),
    error: textColumn.nullable(),
    step_count: z.int().nonnegative(),
    weave_count: z.int().nonnegative(),
    stored_preview: textColumn,
    stored_ending: textColumn,
    created_at: z.int(),
    updated_at: z.int(),
    parent_trace_id: textColumn.pipe(traceIdSchema).nullable(),
    parent_step_index: z.int().nonnegative().nullable(),
    changes: jsonColumn(z.array(appliedChangeSchema)),
    origin_run_id: textColumn.pipe(evaluationRunIdSchema).nullable(),
    origin_sample_id: textColumn.nullable(),
    origin_repeat: z.int().nonnegative().nullable(),
    origin_turn: z.int().nonnegative().nullable(),
    placed_device: deviceSchema.nullable(),
    placed_precision: precisionSchema.nullable(),
  })
  .refine((row) => (row.parent_trace_id === null) === (row.parent_step_index === null), {
    path: ['parent_step_index'],
    message: 'it must be null exactly where parent_trace_id is',
  })
  .transform(({ origin_run_id: runId, origin_sample_id: sampleId, origin_repeat: repeat, origin_turn: turn, placed_device: device, placed_precision: precision, ...row }) => ({
    ...row,
    // All four columns are of one origin, and both of one placement, so null together.
    origin: runId === null || sampleId === null || repeat === null || turn === null ? null : { runId, sampleId, repeat, turn },
    placement: device === null || precision === null ? null : { device, precision },
  }))

const promptTokensRowSchema = z.object({ tokens: jsonColumn(z.array(promptTokenSchema.extend({ embeddingNorm: numberColumn }))) })

export function toRunRow(trace: NewTrace, createdAt: number): RunTable {
  return {
    id: toStoredText(trace.runId),
    model_id: toStoredText(trace.modelId),
    model_name: toStoredText(trace.modelName),
    config: toStoredJson(trace.config),
    created_at: createdAt,
  }
}

/** An earlier app wrote configs without the settings that came later: they mean what these are by default. */
export function isSameRun(kept: Pick<RunTable, 'model_id' | 'model_name' | 'config'>, run: RunTable): boolean {
  const [keptConfig, config] = [kept.config, run.config].map((stored) => {
    const { data } = jsonColumn(runConfigSchema).safeParse(stored)
    return data === undefined ? stored : toStoredJson(data)
  })
  return kept.model_id === run.model_id && kept.model_name === run.model_name && keptConfig === config
}

/** What a trace has when it is created: nothing, or what was its parent's before the fork. */
export type Beginning = Pick<TraceTable, 'step_count' | 'weave_count' | 'generated_text'>

export function toTraceRow(trace: NewTrace, beginning: Beginning, createdAt: number): TraceTable {
  return {
    id: toStoredText(trace.id),
    run_id: toStoredText(trace.runId),
    finish: null,
    error: null,
    ...beginning,
    created_at: createdAt,
    updated_at: createdAt,
    parent_trace_id: trace.parent === null ? null : toStoredText(trace.parent.traceId),
    parent_step_index: trace.parent?.stepIndex ?? null,
    changes: toStoredJson(trace.changes),
    certificate_count: 0,
    origin_run_id: trace.origin === null ? null : toStoredText(trace.origin.runId),
    origin_sample_id: trace.origin === null ? null : toStoredText(trace.origin.sampleId),
    origin_repeat: trace.origin?.repeat ?? null,
    origin_turn: trace.origin?.turn ?? null,
    placed_device: trace.placement?.device ?? null,
    placed_precision: trace.placement?.precision ?? null,
  }
}

export function toPromptRow(trace: NewTrace): PromptTable {
  return {
    trace_id: toStoredText(trace.id),
    ...toPromptColumns(trace.prompt),
    rendered_prompt: toStoredText(trace.renderedPrompt),
    tokens: toStoredJson(trace.promptTokens),
  }
}

/** @throws {LogRowError} */
export function fromHeaderRow(path: string, row: HeaderRow): TraceHeader {
  const run = readRow({ path, table: 'run', id: row.run_id }, runColumnsSchema, row)
  const promptPlace = { path, table: 'prompt', id: row.id }
  const prompt = readRow(promptPlace, promptColumnsSchema, row)
  const { rendered_prompt: renderedPrompt } = readRow(promptPlace, renderedPromptSchema, row)
  const trace = readRow({ path, table: 'trace', id: row.id }, traceColumnsSchema, row)
  const { parent_trace_id: parentId, parent_step_index: parentStepIndex } = trace
  return {
    id: trace.id,
    runId: run.run_id,
    modelId: run.model_id,
    modelName: run.model_name,
    prompt: fromPromptColumns(prompt),
    renderedPrompt,
    config: run.config,
    parent: parentId === null || parentStepIndex === null ? null : { traceId: parentId, stepIndex: parentStepIndex },
    changes: trace.changes,
    origin: trace.origin,
    placement: trace.placement,
    certificate:
      row.certificate_number === null ? null : fromCertificateRow(path, { ...row, trace_id: row.id, number: row.certificate_number, created_at: row.certified_at }),
    finish: trace.finish,
    error: trace.error,
    stepCount: trace.step_count,
    weaveCount: trace.weave_count,
    preview: previewOf(trace.stored_preview),
    ending: endingOf(trace.stored_ending),
    createdAt: trace.created_at,
    updatedAt: trace.updated_at,
  }
}

/** @throws {LogRowError} */
export function fromPromptTokens(path: string, row: Pick<PromptTable, 'trace_id' | 'tokens'>): PromptToken[] {
  return readRow({ path, table: 'prompt', id: row.trace_id }, promptTokensRowSchema, row).tokens
}
