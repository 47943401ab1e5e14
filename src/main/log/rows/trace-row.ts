/** @file A trace's header and prompt as rows of `run`, `trace` and `prompt`, both ways. Does not know queries. */
import { z } from 'zod'
import { chatMessageSchema } from '../../../shared/domain/chat.ts'
import { modelIdSchema, runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { finishSchema, type Prompt, type PromptToken, promptTokenSchema, type TraceHeader } from '../../../shared/domain/trace.ts'
import type { PromptTable, RunTable, TraceTable } from '../schema.ts'
import { jsonColumn, MAX_STORED_EXPANSION, numberColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

/** Characters of generated text that a header shows. */
export const PREVIEW_LENGTH = 200
/** Characters of `generated_text` to read so that a preview is never cut inside an escape. */
export const STORED_PREVIEW_LENGTH = PREVIEW_LENGTH * MAX_STORED_EXPANSION

/** What `createTrace` is told; counts and times are the log's own. */
export type NewTrace = Pick<TraceHeader, 'id' | 'runId' | 'modelId' | 'modelName' | 'prompt' | 'renderedPrompt' | 'config'> & {
  promptTokens: readonly PromptToken[]
}

/** `run`, `trace` and `prompt` joined, with `generated_text` cut to a preview. */
export interface HeaderRow extends Omit<TraceTable, 'generated_text'>, Pick<RunTable, 'model_id' | 'model_name' | 'config'>, Omit<PromptTable, 'trace_id' | 'tokens'> {
  stored_preview: string
}

const runColumnsSchema = z.object({
  run_id: textColumn.pipe(runIdSchema),
  model_id: textColumn.pipe(modelIdSchema),
  model_name: textColumn,
  config: jsonColumn(runConfigSchema),
})

const promptColumnsSchema = z
  .object({
    kind: z.enum(['messages', 'text']),
    text: textColumn,
    messages: jsonColumn(z.array(chatMessageSchema).min(1)).nullable(),
    rendered_prompt: textColumn,
  })
  .refine((row) => (row.kind === 'messages') === (row.messages !== null), { path: ['messages'], message: "it must be null exactly where kind is 'text'" })

const traceColumnsSchema = z.object({
  id: textColumn.pipe(traceIdSchema),
  finish: finishSchema.nullable(),
  error: textColumn.nullable(),
  step_count: z.int().nonnegative(),
  weave_count: z.int().nonnegative(),
  stored_preview: textColumn,
  created_at: z.int(),
  updated_at: z.int(),
})

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

export function toTraceRow(trace: NewTrace, createdAt: number): TraceTable {
  return {
    id: toStoredText(trace.id),
    run_id: toStoredText(trace.runId),
    finish: null,
    error: null,
    step_count: 0,
    weave_count: 0,
    generated_text: '',
    created_at: createdAt,
    updated_at: createdAt,
  }
}

export function toPromptRow(trace: NewTrace): PromptTable {
  return {
    trace_id: toStoredText(trace.id),
    kind: trace.prompt.kind,
    text: toStoredText(plainText(trace.prompt)),
    messages: trace.prompt.kind === 'messages' ? toStoredJson(trace.prompt.messages) : null,
    rendered_prompt: toStoredText(trace.renderedPrompt),
    tokens: toStoredJson(trace.promptTokens),
  }
}

/** @throws {LogRowError} */
export function fromHeaderRow(path: string, row: HeaderRow): TraceHeader {
  const run = readRow({ path, table: 'run', id: row.run_id }, runColumnsSchema, row)
  const prompt = readRow({ path, table: 'prompt', id: row.id }, promptColumnsSchema, row)
  const trace = readRow({ path, table: 'trace', id: row.id }, traceColumnsSchema, row)
  return {
    id: trace.id,
    runId: run.run_id,
    modelId: run.model_id,
    modelName: run.model_name,
    prompt: prompt.messages === null ? { kind: 'text', text: prompt.text } : { kind: 'messages', messages: prompt.messages },
    renderedPrompt: prompt.rendered_prompt,
    config: run.config,
    parent: null,
    changes: [],
    certificate: null,
    finish: trace.finish,
    error: trace.error,
    stepCount: trace.step_count,
    weaveCount: trace.weave_count,
    preview: firstCharacters(trace.stored_preview, PREVIEW_LENGTH),
    createdAt: trace.created_at,
    updatedAt: trace.updated_at,
  }
}

/** @throws {LogRowError} */
export function fromPromptTokens(path: string, row: Pick<PromptTable, 'trace_id' | 'tokens'>): PromptToken[] {
  return readRow({ path, table: 'prompt', id: row.trace_id }, promptTokensRowSchema, row).tokens
}

/** What the user wrote, without roles, for search and for reading in a SQL shell. */
function plainText(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map((message) => message.content).join('\n\n')
}

/** Characters are code points, so that a preview never ends in half of one. */
function firstCharacters(text: string, count: number): string {
  return text.length <= count ? text : [...text].slice(0, count).join('')
}
