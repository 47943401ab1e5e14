/** @file An experiment as a row of `experiment`, both ways. Does not know queries. */
import { z } from 'zod'
import { type Experiment, experimentRequestSchema } from '../../../shared/domain/evaluation.ts'
import { experimentIdSchema } from '../../../shared/domain/experiment-ids.ts'
import type { NewExperiment } from '../evaluation-log.ts'
import type { ExperimentTable } from '../evaluation-tables.ts'
import { jsonColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

const experimentRowSchema = z.object({
  id: textColumn.pipe(experimentIdSchema),
  name: textColumn,
  request: jsonColumn(experimentRequestSchema),
  // PostgreSQL counts in 64 bits and answers with a string.
  run_count: z.coerce.number().pipe(z.int().nonnegative()),
  created_at: z.int(),
})

export function toExperimentRow({ id, name, request, createdAt }: NewExperiment, now: number): ExperimentTable {
  return { id: toStoredText(id), name: toStoredText(name), request: toStoredJson(request), created_at: createdAt ?? now }
}

/** @throws {LogRowError} */
export function fromExperimentRow(path: string, row: ExperimentTable & { run_count: number | string }): Experiment {
  const { run_count: runCount, created_at: createdAt, ...experiment } = readRow({ path, table: 'experiment', id: row.id }, experimentRowSchema, row)
  return { ...experiment, runCount, createdAt }
}
