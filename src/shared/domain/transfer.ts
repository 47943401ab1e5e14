/** @file What leaves the workbench and what enters it, in which formats. It knows no bytes. */
import { z } from 'zod'
import { evaluationRunIdSchema } from './experiment-ids.ts'
import { traceIdSchema } from './identifiers.ts'
import { importedCurvesIdSchema } from './imported-curves.ts'

export const exportFormatSchema = z.enum(['jsonl', 'csv', 'parquet', 'safetensors', 'tensorboard', 'html', 'bundle'])
export type ExportFormat = z.infer<typeof exportFormatSchema>

export const exportRequestSchema = z.discriminatedUnion('what', [
  /** A row a run. jsonl, csv, parquet, tensorboard. */
  z.object({ what: z.literal('runs'), runIds: z.array(evaluationRunIdSchema).min(1), format: exportFormatSchema }),
  /** A row a result. jsonl, csv, parquet. */
  z.object({ what: z.literal('results'), runIds: z.array(evaluationRunIdSchema).min(1), format: exportFormatSchema }),
  /** A row a token of every result. jsonl, csv, parquet. */
  z.object({ what: z.literal('steps'), runIds: z.array(evaluationRunIdSchema).min(1), format: exportFormatSchema }),
  /** Every kept latent. safetensors, parquet, jsonl. */
  z.object({ what: z.literal('latents'), runIds: z.array(evaluationRunIdSchema).min(1), format: exportFormatSchema }),
  /** Steps of traces from the debugger. jsonl, csv, parquet. */
  z.object({ what: z.literal('traces'), traceIds: z.array(traceIdSchema).min(1), format: exportFormatSchema }),
  /** A comparison that opens offline; a baseline that is none of the runs comes before them. html. */
  z
    .object({ what: z.literal('report'), runIds: z.array(evaluationRunIdSchema).min(1), baselineId: evaluationRunIdSchema, format: z.literal('html') })
    .refine(({ runIds, baselineId }) => new Set([baselineId, ...runIds]).size > 1, { path: ['runIds'], message: 'a comparison needs two runs' }),
  /** Everything about runs, for another workbench. */
  z.object({ what: z.literal('bundle'), runIds: z.array(evaluationRunIdSchema).min(1), format: z.literal('bundle') }),
])
export type ExportRequest = z.infer<typeof exportRequestSchema>

export const exportResultSchema = z.object({ path: z.string(), sizeBytes: z.int().nonnegative(), rowCount: z.int().nonnegative() })
export type ExportResult = z.infer<typeof exportResultSchema>

export const importKindSchema = z.enum(['bundle', 'answer-json', 'lm-eval-samples', 'tensorboard'])
export type ImportKind = z.infer<typeof importKindSchema>

export const importRequestSchema = z.object({
  /** A file, or the folder of an unpacked bundle. */
  path: z.string().min(1),
  /** null tells it by the content. */
  kind: importKindSchema.nullable().default(null),
  /** What the imported runs are called where the file does not say. */
  name: z.string().nullable().default(null),
})
export type ImportRequest = z.infer<typeof importRequestSchema>

export const importResultSchema = z.object({
  kind: importKindSchema,
  runIds: z.array(evaluationRunIdSchema),
  /** Of curves, which are shown beside training runs. */
  curvesIds: z.array(importedCurvesIdSchema).default([]),
  resultCount: z.int().nonnegative(),
  /** Runs, or sets of curves, that were here already. */
  skippedCount: z.int().nonnegative(),
  warnings: z.array(z.string()),
})
export type ImportResult = z.infer<typeof importResultSchema>
