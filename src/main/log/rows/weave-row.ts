/** @file A weave as a row of the `weave` table, both ways. Does not know queries. */
import { z } from 'zod'
import { latentEditSchema } from '../../../shared/domain/branch.ts'
import { type TraceId, weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import { nearestEntrySchema, type Weave, weaveKindSchema } from '../../../shared/domain/weave.ts'
import type { WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { WeaveTable } from '../schema.ts'
import { jsonColumn, matrixDataColumn, numberColumn, textColumn, toStoredJson, toStoredMatrix, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

const numbersColumn = jsonColumn(z.array(numberColumn))

const weaveOverviewRowSchema = z.object({
  id: textColumn.pipe(weaveIdSchema),
  step_index: z.int().nonnegative(),
  kind: weaveKindSchema,
  context_length: z.int().nonnegative(),
  norms: numbersColumn,
  intervention: jsonColumn(latentEditSchema).nullable(),
})

/** What an overview reads of a weave: an index holds it all, so that no latents are read. */
export const weaveOverviewColumns = ['trace_id', 'id', 'step_index', 'kind', 'context_length', 'norms', 'intervention'] as const satisfies readonly (keyof WeaveTable)[]

const weaveRowSchema = weaveOverviewRowSchema
  .extend({
    latents_rows: z.int().nonnegative(),
    latents_columns: z.int().nonnegative(),
    latents: matrixDataColumn,
    latents_before_projection_rows: z.int().nonnegative(),
    latents_before_projection_columns: z.int().nonnegative(),
    latents_before_projection: matrixDataColumn,
    norms_before_projection: numbersColumn,
    nearest: jsonColumn(z.array(z.array(nearestEntrySchema.extend({ cosine: numberColumn })))),
  })
  .refine((row) => row.latents.length === row.latents_rows * row.latents_columns, {
    path: ['latents'],
    message: 'it must hold latents_rows x latents_columns numbers',
  })
  .refine((row) => row.latents_before_projection.length === row.latents_before_projection_rows * row.latents_before_projection_columns, {
    path: ['latents_before_projection'],
    message: 'it must hold latents_before_projection_rows x latents_before_projection_columns numbers',
  })

export function toWeaveRow(traceId: TraceId, weave: Weave): WeaveTable {
  return {
    trace_id: toStoredText(traceId),
    id: toStoredText(weave.id),
    step_index: weave.stepIndex,
    kind: weave.kind,
    context_length: weave.contextLength,
    latents_rows: weave.latents.rows,
    latents_columns: weave.latents.columns,
    latents: toStoredMatrix(weave.latents),
    latents_before_projection_rows: weave.latentsBeforeProjection.rows,
    latents_before_projection_columns: weave.latentsBeforeProjection.columns,
    latents_before_projection: toStoredMatrix(weave.latentsBeforeProjection),
    norms: toStoredJson(weave.norms),
    norms_before_projection: toStoredJson(weave.normsBeforeProjection),
    nearest: toStoredJson(weave.nearest),
    intervention: weave.intervention === undefined ? null : toStoredJson(weave.intervention),
  }
}

/** @throws {LogRowError} */
export function fromWeaveRow(path: string, row: WeaveTable): Weave {
  const stored = readRow({ path, table: 'weave', id: `${row.trace_id}/${row.id}` }, weaveRowSchema, row)
  return {
    ...toOverview(stored),
    latentsBeforeProjection: {
      rows: stored.latents_before_projection_rows,
      columns: stored.latents_before_projection_columns,
      data: stored.latents_before_projection,
    },
    latents: { rows: stored.latents_rows, columns: stored.latents_columns, data: stored.latents },
    normsBeforeProjection: stored.norms_before_projection,
    nearest: stored.nearest,
  }
}

/** @throws {LogRowError} */
export function fromWeaveOverviewRow(path: string, row: Pick<WeaveTable, (typeof weaveOverviewColumns)[number]>): WeaveOverview {
  return toOverview(readRow({ path, table: 'weave', id: `${row.trace_id}/${row.id}` }, weaveOverviewRowSchema, row))
}

function toOverview(stored: z.output<typeof weaveOverviewRowSchema>): WeaveOverview {
  return {
    id: stored.id,
    stepIndex: stored.step_index,
    kind: stored.kind,
    contextLength: stored.context_length,
    norms: stored.norms,
    ...(stored.intervention === null ? {} : { intervention: stored.intervention }),
  }
}
